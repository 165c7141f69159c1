//! `ALTER TABLE`: columns and names. Only the catalog changes; no partition is rewritten.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::sql::sqlparser::ast::{
    AlterTable, AlterTableOperation as Operation, ColumnDef, ColumnOption, Expr, RenameTableNameKind,
    SqlOption, Value,
};
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Alter, Change, NewColumn, Table};
use pantile_core::frame::held_type;

use super::{Prepared, create, dataset_name, done, folded, held};
use crate::Error;
use crate::context::Context;

/// Makes all the changes one commit.
pub(super) async fn prepare(context: Arc<Context>, alter: AlterTable) -> Result<Prepared, Error> {
    let name = dataset_name(&alter.name)?;
    if alter.if_exists && name.table(&context).is_none() {
        let snapshot = context.pin.id;
        return Ok(Prepared::Work(async move { Ok(done("ALTER TABLE", None, snapshot)) }.boxed()));
    }
    let table = held(&context, &name)?;
    let mut changes = Vec::with_capacity(alter.operations.len());
    for operation in alter.operations {
        if let Operation::SetOptionsParens { options } = &operation {
            let pinned = pinned(options)?;
            changes.push(Change::Pin { table: table.id, pinned });
            continue;
        }
        for alter in changed(&context, &table, operation).await? {
            changes.push(Change::Alter { table: table.id, alter });
        }
    }
    Ok(Prepared::Work(
        async move {
            let done = context.commit("ALTER TABLE", None, changes).await?;
            context.engine.keep_pinned();
            Ok(done)
        }
        .boxed(),
    ))
}

async fn changed(context: &Context, table: &Table, operation: Operation) -> Result<Vec<Alter>, Error> {
    Ok(match operation {
        Operation::AddColumn { if_not_exists, column_def, .. } => {
            if if_not_exists && table.column(&folded(&column_def.name)).is_some() {
                return Ok(Vec::new());
            }
            vec![Alter::AddColumn(new_column(context, table, column_def).await?)]
        }
        Operation::DropColumn { column_names, if_exists, .. } => column_names
            .iter()
            .map(folded)
            .filter(|name| !if_exists || table.column(name).is_some())
            .map(Alter::DropColumn)
            .collect(),
        Operation::RenameColumn { old_column_name, new_column_name } => {
            vec![Alter::RenameColumn { from: folded(&old_column_name), to: folded(&new_column_name) }]
        }
        Operation::RenameTable { table_name: RenameTableNameKind::To(to) | RenameTableNameKind::As(to) } => {
            vec![Alter::RenameTable(dataset_name(&to)?.name)]
        }
        other => {
            let said = format!(
                "`ALTER TABLE … {other}` is not supported; there are `ADD COLUMN`, `DROP COLUMN`, `RENAME COLUMN`, `RENAME TO` and `SET (pinned = …)`"
            );
            return Err(Error::new(Code::Unsupported, said));
        }
    })
}

/// The one option there is: whether the hot cache must keep the table.
fn pinned(options: &[SqlOption]) -> Result<bool, Error> {
    if let [SqlOption::KeyValue { key, value: Expr::Value(value) }] = options
        && folded(key) == "pinned"
        && let Value::Boolean(pinned) = value.value
    {
        return Ok(pinned);
    }
    let options = options.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let said = format!(
        "`SET ({options})` is not an option of tables; there are `pinned = true` and `pinned = false`"
    );
    Err(Error::new(Code::Unsupported, said))
}

/// A new column holds nulls in the rows that are there, so it must be able to.
async fn new_column(context: &Context, table: &Table, column: ColumnDef) -> Result<NewColumn, Error> {
    for option in &column.options {
        match &option.option {
            ColumnOption::Null => {}
            ColumnOption::NotNull if table.rows() == 0 => {}
            ColumnOption::NotNull => {
                let said = format!(
                    "column `{}` cannot be `NOT NULL`: the rows that are there have no value for it",
                    column.name
                );
                return Err(Error::new(Code::InvalidSql, said));
            }
            other => {
                return Err(Error::new(
                    Code::Unsupported,
                    format!("`{other}` is not supported for a column"),
                ));
            }
        }
    }
    let name = folded(&column.name);
    let nullable = !column.options.iter().any(|option| option.option == ColumnOption::NotNull);
    let data_type = create::arrow_type(context, &column).await?;
    Ok(NewColumn::from(&Field::new(&name, held_type(&name, &data_type)?, nullable)))
}
