//! The few error codes a client may act on. Every error of every room maps to one of them.

/// Declares the codes once: the variant, its text on the wire, what it means.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A stable error code. Each has a page, `docs/errors/<code>.md`, that says how to get out of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of the pages.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The text that travels: `unknown_table`, `limit_sql_depth`, …
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// The request itself is malformed: a bad header, an unknown JSON field, a bad name.
    InvalidRequest = "invalid_request",
    /// The SQL text does not parse or does not plan.
    InvalidSql = "invalid_sql",
    /// A program of expressions does not parse, or its parts do not go together.
    InvalidProgram = "invalid_program",
    /// A value made a running question fail: a division by zero, a cast that does not fit.
    InvalidValue = "invalid_value",
    /// A body or file is not what it claims to be, or is damaged.
    InvalidData = "invalid_data",
    /// A name that no dataset has.
    UnknownDataset = "unknown_dataset",
    /// A column that the table does not have.
    UnknownColumn = "unknown_column",
    /// A route, statement, transaction or query id that does not exist.
    NotFound = "not_found",
    /// A known path asked with a method it does not have.
    MethodNotAllowed = "method_not_allowed",
    /// Rows whose columns or types are not those of the table.
    SchemaMismatch = "schema_mismatch",
    /// A name that is taken.
    AlreadyExists = "already_exists",
    /// Another commit came first.
    Conflict = "conflict",
    /// `If-Match` named a snapshot that is no longer current.
    PreconditionFailed = "precondition_failed",
    /// One idempotency key, two different requests.
    IdempotencyMismatch = "idempotency_mismatch",
    /// A transaction was asked to commit before all its parts were in.
    TransactionIncomplete = "transaction_incomplete",
    /// A snapshot that never was or has been expired.
    UnknownSnapshot = "unknown_snapshot",
    /// The policy forbids this statement, path, host or setting.
    Forbidden = "forbidden",
    /// A legal request for something that Pantile does not do.
    Unsupported = "unsupported",
    /// `Accept` names nothing that can be made of this answer.
    NotAcceptable = "not_acceptable",
    /// The body's type is neither named nor recognised.
    UnsupportedMediaType = "unsupported_media_type",
    /// The body, or what it expands to, is over the limit.
    TooLarge = "too_large",
    /// The statement's text, nesting or expansion is over a limit.
    LimitSql = "limit_sql",
    /// The program's text, nesting or size is over a limit.
    LimitProgram = "limit_program",
    /// The question needs more memory than it may have.
    LimitMemory = "limit_memory",
    /// The question needs more scratch space than it may have.
    LimitScratch = "limit_scratch",
    /// The question ran longer than it may.
    Timeout = "timeout",
    /// Somebody cancelled the question.
    Cancelled = "cancelled",
    /// The queue is full, or the wait in it was too long.
    Busy = "busy",
    /// The disk under the data folder is full.
    StorageFull = "storage_full",
    /// A store did not answer, or not as it should.
    StorageFailed = "storage_failed",
    /// A file that was kept is no longer what was written.
    StorageDamaged = "storage_damaged",
    /// The server is starting, draining or not ready.
    Unavailable = "unavailable",
    /// It is not known whether the commit happened. Ask again with the same idempotency key.
    UnknownOutcome = "unknown_outcome",
    /// A defect of Pantile.
    Internal = "internal",
}
