//! The settings, a row each. The row is the flag (`--data-dir`), the variable (`PANTILE_DATA_DIR`), the
//! TOML key (`data_dir`), the reference page and `system.settings`; nothing else has to be touched.

use std::path::PathBuf;

use super::units::{Amount, ByteSize, LogFormat, Span, Text, Unit};

/// A setting, as it is declared.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its TOML key.
    pub name: &'static str,
    /// What its values are.
    pub unit: &'static str,
    /// Its value where nobody sets it.
    pub default: &'static str,
    /// The version that brought it.
    pub since: &'static str,
    /// What it does, and when to change it.
    pub doc: &'static str,
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident: $unit:ty = $default:literal, $since:literal;)*) => {
        /// Every setting's value.
        #[derive(Clone, Debug)]
        pub struct Settings { $($(#[doc = $doc])+ pub $name: $unit,)* }

        /// Every setting, in the order of the reference page.
        pub static KEYS: &[Key] = &[$(Key {
            name: stringify!($name),
            unit: <$unit as Unit>::NAME,
            default: $default,
            since: $since,
            doc: concat!($($doc),+),
        },)*];

        impl Settings {
            /// The settings whose texts `text_of` gives; what is wrong with the first that will not do.
            pub(super) fn parse(
                text_of: impl Fn(&'static str) -> String,
            ) -> Result<Self, (&'static str, String)> {
                Ok(Self {
                    $($name: <$unit as Unit>::parse(&text_of(stringify!($name)))
                        .map_err(|why| (stringify!($name), why))?,)*
                })
            }
        }
    };
}

settings! {
    /// Address and port to listen on; port 0 takes a free one, and the ready line says which.
    /// An address other than a loopback one also needs `insecure`, because callers are not yet told apart.
    listen: Text = "127.0.0.1:8815", "0.1";
    /// Lets the server listen where other machines can reach it, although anybody who does may read and write everything.
    /// Set it only behind something that keeps strangers out: a container network, a firewall, a proxy that asks for a password.
    insecure: bool = "false", "0.1";
    /// Host names, separated by commas, under which a server on a loopback address may be asked besides `localhost`.
    /// Other names are refused there, so that a web page cannot reach it by pointing its own name at 127.0.0.1.
    hosts: Text = "", "0.1";
    /// Folder that holds the catalog, the partitions and scratch space; made if it is missing.
    /// Put it on a local disk: network file systems are refused, because their locks and fsync cannot be trusted.
    data_dir: PathBuf = "pantile-data", "0.1";
    /// URL of an object store for partitions, such as `s3://bucket/prefix`; empty keeps them in the data folder.
    /// The catalog stays in the data folder either way; options such as keys and endpoint go into the file's table `[store_options]`.
    store: Text = "", "0.1";
    /// Loads the demonstration tables (flights, airlines, airports, planes, weather of 2013) that are not there yet.
    /// For a first look; it never replaces a table.
    demo: bool = "false", "0.1";
    /// Which log lines are written to standard error: `error`, `warn`, `info`, `debug`, `trace`, or a list such as `info,pantile_sql=debug`.
    /// Raise it to see why a question was slow, lower it where something else collects what matters.
    log_level: Text = "info", "0.1";
    /// How log lines are written: `text` for people, `json` for collectors.
    /// Change it when something other than a person reads the log.
    log_format: LogFormat = "text", "0.1";
    /// Compute threads; 0 is one a core.
    /// Lower it to leave cores to neighbours; more than there are cores does not help.
    threads: usize = "0", "0.1";
    /// Bytes that everything large may take together: a size, or a share of the machine's or control group's memory.
    /// Lower it where other programs share the machine.
    memory: Amount = "80%", "0.1";
    /// Most of `memory` that the hot cache of decoded partitions and chunks may take, half of it arrays that are kept in memory.
    /// Raise it when the same tables and arrays are asked again and again, lower it when questions are refused for memory.
    cache_memory: Amount = "40%", "0.1";
    /// Most of `memory` that running questions may take together; beyond it they spill to scratch space, or are refused.
    /// Raise it for large joins and sorts.
    query_memory: Amount = "60%", "0.1";
    /// Most of `memory` that uploads being received may take together.
    /// An upload needs about 2 MiB however large it is; raise it for thousands of uploads at a time.
    upload_memory: Amount = "10%", "0.1";
    /// Most of `memory` that answers on their way out may take together.
    /// Raise it for thousands of slow readers at a time.
    egress_memory: Amount = "10%", "0.1";
    /// Most of `memory` that is kept for clients of Flight between their calls: prepared statements, parameters bound to
    /// them, answers that wait for their readers. One session may have half of it.
    /// Raise it for clients that prepare very much, or bind very many values at a time.
    kept_memory: Amount = "10%", "0.2";
    /// Bytes of an answer that are computed ahead of a slow reader.
    /// Raise it where readers are far away and fast.
    egress_buffer: ByteSize = "4MiB", "0.1";
    /// Questions that run at the same time; 0 is twice the compute threads, at least 4. One whose client reads nothing
    /// for a second leaves its slot to others.
    /// Raise it when questions mostly wait for object stores, lower it when each needs much memory.
    slots: usize = "0", "0.1";
    /// Questions that may wait for a slot; further ones are refused as `busy`.
    /// Raise it where clients would rather wait than try again.
    queue: usize = "128", "0.1";
    /// How long a question may wait for a slot before it is refused as `busy`.
    /// Keep it below the time-out of the clients.
    queue_wait: Span = "30s", "0.1";
    /// How long a statement may run when its caller does not say.
    /// Raise it for reports, lower it for dashboards.
    timeout: Span = "5m", "0.1";
    /// The longest time-out that a caller may ask for.
    /// Raise it for loads that take hours.
    timeout_max: Span = "1h", "0.1";
    /// Most bytes of an upload as it comes over the wire.
    /// Raise it to take larger files in one piece.
    upload_bytes: ByteSize = "64GiB", "0.1";
    /// Most bytes of an upload once it is decompressed.
    /// Keep it below the free space under the data folder.
    upload_expanded_bytes: ByteSize = "256GiB", "0.1";
    /// How many times larger than on the wire an upload may become when decompressed, beyond its first 64 MiB.
    /// Raise it for files that are nearly all zeros; it is what stops a compression bomb early.
    upload_ratio: usize = "200", "0.1";
    /// Rows at which a partition ends and the next begins.
    /// Lower it for very wide tables.
    partition_rows: usize = "1_048_576", "0.1";
    /// Bytes at which a partition ends and the next begins.
    /// Lower it where tables are pruned by narrow ranges, raise it on slow object stores.
    partition_bytes: ByteSize = "128MiB", "0.1";
    /// Whether small partitions are put together in the background.
    /// Turn it off to keep exactly the partitions that were written.
    compact: bool = "true", "0.1";
    /// Small neighbouring partitions of one table that are put together once there are so many.
    /// Raise it where the disk is busy, lower it where tables of many small appends are read often.
    compact_partitions: usize = "16", "0.1";
    /// How often the server looks for things to tidy: partitions to put together, orphans, expired snapshots.
    /// Raise it where the disk is busy.
    tidy_every: Span = "30s", "0.1";
    /// How long a snapshot can be asked for after a newer one has come.
    /// Raise it for longer time travel; the files of expired snapshots are deleted.
    retention: Span = "7d", "0.1";
    /// How old a file that no snapshot names must be before it is deleted.
    /// Keep it longer than the longest upload.
    orphan_age: Span = "1h", "0.1";
    /// How long the outcome of a request with an idempotency key is remembered.
    /// Keep it longer than clients go on trying.
    request_retention: Span = "24h", "0.1";
    /// How long a transaction stays open without being committed: one over several uploads, or a session's.
    /// Raise it for slow writers.
    transaction_ttl: Span = "1h", "0.1";
    /// Most bytes of scratch space that questions may spill to, and as many that long computations on arrays may keep.
    /// Raise it for sorts and joins larger than memory.
    scratch_bytes: ByteSize = "10GiB", "0.1";
    /// Longest SQL text.
    /// Raise it for statements that carry their data in them; better, send the data as an upload.
    sql_bytes: ByteSize = "1MiB", "0.1";
    /// Most tokens of a statement, flat lists of literals not counted.
    /// Raise it for texts that programs write.
    sql_tokens: usize = "10_000", "0.1";
    /// Deepest nesting of a statement: parentheses, brackets, `CASE`, subqueries.
    /// Raise it for texts that programs write.
    sql_nesting: usize = "128", "0.1";
    /// Longest chain of operators at one level, such as `a + b + c`.
    /// Planning time grows with its square: 250 take 0.15 s, 1000 take 2 s.
    sql_chain: usize = "500", "0.1";
    /// Most branches of `UNION` and the like, and most joined tables, at one level.
    /// Raise it for statements over hundreds of tables.
    sql_branches: usize = "256", "0.1";
    /// Most common table expressions of a statement.
    /// Raise it for texts that programs write.
    sql_ctes: usize = "64", "0.1";
    /// Most relations that a statement may come to once common table expressions and views are put in.
    /// A kilobyte of nested ones can come to millions, which no memory limit survives.
    sql_relations: usize = "5_000", "0.1";
    /// Largest single value that a function may make.
    /// Raise it to build long texts and lists inside SQL.
    sql_value: ByteSize = "64MiB", "0.1";
    /// Most files that one external table may have.
    /// Raise it for folders of very many files.
    sql_files: usize = "10_000", "0.1";
    /// How long planning a statement may take.
    /// Raise it for statements over slow locations.
    sql_planning: Span = "30s", "0.1";
    /// How long a session that nobody uses is kept.
    /// Raise it for people who think long between questions.
    session_ttl: Span = "1h", "0.1";
    /// How long an answer over Flight waits for its readers, and how often that its tickets are redeemed does not matter.
    /// Raise it for clients that fetch late.
    ticket_ttl: Span = "10m", "0.2";
    /// Questions that `system.queries` remembers after they end.
    /// Raise it to look further back.
    recent_queries: usize = "1_000", "0.1";
    /// Connections at a time; further ones wait to be accepted.
    /// Raise it, and the limit on open files, for many idle clients.
    connections: usize = "4_096", "0.1";
    /// How long a client may take to send a request's headers.
    /// Raise it for clients on very bad lines.
    header_timeout: Span = "10s", "0.1";
    /// How long a client may go without sending a further byte of a request's body.
    /// Raise it for clients that compute what they send.
    body_timeout: Span = "30s", "0.1";
    /// How long running requests may go on after the server was told to stop.
    /// Keep it below the patience of whatever stops it; a container gets 10 s by default.
    drain: Span = "8s", "0.1";
}
