//! What the server is and can do, as drivers ask for it.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};
use arrow_flight::sql::{
    CommandGetSqlInfo, SqlInfo, SqlNullOrdering, SqlOuterJoinsSupportLevel, SqlSupportedCaseSensitivity,
    SqlSupportedGroupBy, SqlSupportedSubqueries, SqlSupportedTransaction, SqlSupportedUnions,
    SqlTransactionIsolationLevel, SupportedSqlGrammar,
};
use futures::FutureExt;

use super::super::call::Call;
use super::super::door::read;
use super::{Command, Reads};
use crate::error::Problem;
use crate::flight::error::built;

pub(super) const COMMAND: Command = Command {
    name: "CommandGetSqlInfo",
    reads: Some(Reads::Rows(|call, body| {
        async move {
            let command: CommandGetSqlInfo = read("CommandGetSqlInfo", body)?;
            told(&all(call)?, command.info.into_iter().collect())
        }
        .boxed()
    })),
    put: None,
};

/// What was asked for; all of it where nothing was named. What is not known is left out.
fn told(all: &SqlInfoData, asked: BTreeSet<u32>) -> Result<RecordBatch, Problem> {
    built(all.record_batch(asked))
}

/// A set of numbered things as bits.
fn bits(members: &[i32]) -> i32 {
    members.iter().fold(0, |bits, member| bits | 1_i32.checked_shl(member.unsigned_abs()).unwrap_or(0))
}

fn all(call: &Call) -> Result<SqlInfoData, Problem> {
    use SqlInfo as Info;
    let settings = call.app.settings();
    let mut all = SqlInfoDataBuilder::new();
    all.append(Info::FlightSqlServerName, "Pantile");
    all.append(Info::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    all.append(Info::FlightSqlServerArrowVersion, "1.5");
    all.append(Info::FlightSqlServerReadOnly, false);
    all.append(Info::FlightSqlServerSql, true);
    all.append(Info::FlightSqlServerSubstrait, true);
    all.append(Info::FlightSqlServerTransaction, SqlSupportedTransaction::Savepoint as i32);
    all.append(Info::FlightSqlServerCancel, true);
    all.append(Info::FlightSqlServerBulkIngestion, true);
    all.append(Info::FlightSqlServerIngestTransactionsSupported, true);
    let ms = i32::try_from(settings.timeout.0.as_millis()).unwrap_or(i32::MAX);
    all.append(Info::FlightSqlServerStatementTimeout, ms);
    let ms = i32::try_from(settings.transaction_ttl.0.as_millis()).unwrap_or(i32::MAX);
    all.append(Info::FlightSqlServerTransactionTimeout, ms);
    all.append(Info::SqlDdlCatalog, false);
    all.append(Info::SqlDdlSchema, false);
    all.append(Info::SqlDdlTable, true);
    all.append(
        Info::SqlIdentifierCase,
        SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32 as i64,
    );
    all.append(Info::SqlIdentifierQuoteChar, "\"");
    all.append(
        Info::SqlQuotedIdentifierCase,
        SqlSupportedCaseSensitivity::SqlCaseSensitivityUnknown as i32 as i64,
    );
    all.append(Info::SqlAllTablesAreSelectable, true);
    all.append(Info::SqlNullOrdering, SqlNullOrdering::SqlNullsSortedHigh as i32 as i64);
    let functions = call.app.engine.functions();
    all.append(Info::SqlKeywords, pantile_sql::keywords());
    all.append(Info::SqlNumericFunctions, functions.numeric);
    all.append(Info::SqlStringFunctions, functions.text);
    all.append(Info::SqlSystemFunctions, functions.other);
    all.append(Info::SqlDatetimeFunctions, functions.time);
    all.append(Info::SqlSearchStringEscape, "\\");
    all.append(Info::SqlExtraNameCharacters, "");
    for (info, can) in [
        (Info::SqlSupportsColumnAliasing, true),
        (Info::SqlNullPlusNullIsNull, true),
        (Info::SqlSupportsTableCorrelationNames, true),
        (Info::SqlSupportsDifferentTableCorrelationNames, false),
        (Info::SqlSupportsExpressionsInOrderBy, true),
        (Info::SqlSupportsOrderByUnrelated, true),
        (Info::SqlSupportsLikeEscapeClause, false),
        (Info::SqlSupportsNonNullableColumns, true),
        (Info::SqlSupportsIntegrityEnhancementFacility, false),
        (Info::SqlCatalogAtStart, true),
        (Info::SqlSelectForUpdateSupported, false),
        (Info::SqlStoredProceduresSupported, false),
        (Info::SqlCorrelatedSubqueriesSupported, true),
        (Info::SqlMaxRowSizeIncludesBlobs, true),
        (Info::SqlDataDefinitionCausesTransactionCommit, false),
        (Info::SqlDataDefinitionsInTransactionsIgnored, false),
        (Info::SqlBatchUpdatesSupported, true),
        (Info::SqlSavepointsSupported, true),
        (Info::SqlNamedParametersSupported, true),
        (Info::SqlLocatorsUpdateCopy, false),
        (Info::SqlStoredFunctionsUsingCallSyntaxSupported, false),
        (Info::SqlTransactionsSupported, true),
    ] {
        all.append(info, can);
    }
    all.append(Info::SqlSupportsConvert, BTreeMap::<i32, Vec<i32>>::new());
    all.append(
        Info::SqlSupportedGroupBy,
        bits(&[
            SqlSupportedGroupBy::SqlGroupByUnrelated as i32,
            SqlSupportedGroupBy::SqlGroupByBeyondSelect as i32,
        ]),
    );
    all.append(
        Info::SqlSupportedGrammar,
        bits(&[SupportedSqlGrammar::SqlMinimumGrammar as i32, SupportedSqlGrammar::SqlCoreGrammar as i32]),
    );
    all.append(
        Info::SqlOuterJoinsSupportLevel,
        bits(&[
            SqlOuterJoinsSupportLevel::SqlLimitedOuterJoins as i32,
            SqlOuterJoinsSupportLevel::SqlFullOuterJoins as i32,
        ]),
    );
    all.append(Info::SqlSchemaTerm, "schema");
    all.append(Info::SqlProcedureTerm, "");
    all.append(Info::SqlCatalogTerm, "catalog");
    for nothing in [
        Info::SqlSchemasSupportedActions,
        Info::SqlCatalogsSupportedActions,
        Info::SqlSupportedPositionedCommands,
    ] {
        all.append(nothing, 0_i32);
    }
    all.append(
        Info::SqlSupportedSubqueries,
        bits(&[
            SqlSupportedSubqueries::SqlSubqueriesInComparisons as i32,
            SqlSupportedSubqueries::SqlSubqueriesInExists as i32,
            SqlSupportedSubqueries::SqlSubqueriesInIns as i32,
        ]),
    );
    all.append(
        Info::SqlSupportedUnions,
        bits(&[SqlSupportedUnions::SqlUnion as i32, SqlSupportedUnions::SqlUnionAll as i32]),
    );
    let limits = [
        (Info::SqlMaxBinaryLiteralLength, settings.sql_bytes.0),
        (Info::SqlMaxCharLiteralLength, settings.sql_bytes.0),
        (Info::SqlMaxColumnNameLength, 255),
        (Info::SqlMaxColumnsInGroupBy, 0),
        (Info::SqlMaxColumnsInIndex, 0),
        (Info::SqlMaxColumnsInOrderBy, 0),
        (Info::SqlMaxColumnsInSelect, 0),
        (Info::SqlMaxColumnsInTable, 0),
        (Info::SqlMaxConnections, settings.connections as u64),
        (Info::SqlMaxCursorNameLength, 0),
        (Info::SqlMaxIndexLength, 0),
        (Info::SqlDbSchemaNameLength, 0),
        (Info::SqlMaxProcedureNameLength, 0),
        (Info::SqlMaxCatalogNameLength, 0),
        (Info::SqlMaxRowSize, 0),
        (Info::SqlMaxStatementLength, settings.sql_bytes.0),
        (Info::SqlMaxStatements, 0),
        (Info::SqlMaxTableNameLength, 255),
        (Info::SqlMaxTablesInSelect, settings.sql_branches as u64),
        (Info::SqlMaxUsernameLength, 0),
        (
            Info::SqlDefaultTransactionIsolation,
            SqlTransactionIsolationLevel::SqlTransactionRepeatableRead as u64,
        ),
    ];
    for (info, limit) in limits {
        all.append(info, i64::try_from(limit).unwrap_or(i64::MAX));
    }
    all.append(
        Info::SqlSupportedTransactionsIsolationLevels,
        bits(&[
            SqlTransactionIsolationLevel::SqlTransactionReadUncommitted as i32,
            SqlTransactionIsolationLevel::SqlTransactionReadCommitted as i32,
            SqlTransactionIsolationLevel::SqlTransactionRepeatableRead as i32,
        ]),
    );
    all.append(Info::SqlSupportedResultSetTypes, bits(&[1]));
    all.append(Info::SqlSupportedConcurrenciesForResultSetForwardOnly, bits(&[1]));
    for nothing in [
        Info::SqlSupportedConcurrenciesForResultSetUnspecified,
        Info::SqlSupportedConcurrenciesForResultSetScrollSensitive,
        Info::SqlSupportedConcurrenciesForResultSetScrollInsensitive,
    ] {
        all.append(nothing, 0_i32);
    }
    built(all.build())
}
