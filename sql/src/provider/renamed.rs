//! Reading files whose columns have other names than the table's: those written before a rename, or before a
//! column was added or dropped.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};
use pantile_core::catalog::Table;

/// Finds a table's columns in its files by the names they were written under.
#[derive(Debug)]
pub(super) struct ByFileName {
    /// Present names by file name.
    present: HashMap<String, String>,
}

impl ByFileName {
    /// An adapter for the table, or nothing where all its columns still have the names they were written under.
    pub(super) fn of(table: &Table) -> Option<Arc<dyn PhysicalExprAdapterFactory>> {
        let renamed = table.columns.iter().any(|column| column.name != column.file_name);
        let names = || table.columns.iter().map(|column| (column.file_name.clone(), column.name.clone()));
        renamed.then(|| Arc::new(Self { present: names().collect() }) as Arc<dyn PhysicalExprAdapterFactory>)
    }
}

impl PhysicalExprAdapterFactory for ByFileName {
    fn create(
        &self,
        logical: SchemaRef,
        physical: SchemaRef,
    ) -> Result<Arc<dyn PhysicalExprAdapter>, DataFusionError> {
        let fields =
            physical.fields().iter().enumerate().map(|(index, field)| match self.present.get(field.name()) {
                Some(present) => field.as_ref().clone().with_name(present),
                // The reader's own, not the file's.
                None if field.name() == super::ROW_COLUMN => Field::clone(field),
                // A column the table no longer has must not be taken for a new one of its name.
                None => Field::clone(field).with_name(format!("\0{index}")),
            });
        let seen =
            Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), physical.metadata().clone()));
        let inner = DefaultPhysicalExprAdapterFactory.create(logical, seen)?;
        Ok(Arc::new(Adapter { inner, physical }))
    }
}

#[derive(Debug)]
struct Adapter {
    inner: Arc<dyn PhysicalExprAdapter>,
    physical: SchemaRef,
}

impl PhysicalExprAdapter for Adapter {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>, DataFusionError> {
        let rewritten = self.inner.rewrite(expr)?;
        rewritten
            .transform(|expr| {
                let index = expr.downcast_ref::<Column>().map(Column::index);
                Ok(match index.and_then(|index| Some((index, self.physical.fields().get(index)?))) {
                    Some((index, field)) => Transformed::yes(Arc::new(Column::new(field.name(), index))),
                    None => Transformed::no(expr),
                })
            })
            .data()
    }
}
