//! Questions that come as a Substrait plan. Their names are looked up as those of SQL are, and the same policy holds
//! for what they become.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::datatypes::Schema;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::{DFSchema, DataFusionError, TableReference};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::LogicalPlan;
use datafusion_substrait::extensions::Extensions;
use datafusion_substrait::logical_plan::consumer::{SubstraitConsumer, from_substrait_plan_with_consumer};
use datafusion_substrait::substrait::proto::Plan;
use futures::FutureExt;
use pantile_core::Code;
use parking_lot::RwLock;
use prost::Message;

use super::Prepared;
use super::query::physical;
use crate::context::Context;
use crate::{Description, Error, admit};

/// Plans the question.
pub(crate) async fn prepare(context: Arc<Context>, plan: &[u8]) -> Result<Prepared, Error> {
    let plan = logical(&context, plan).await?;
    let physical = physical(&context, &plan).await?;
    Ok(Prepared::Question(context, physical))
}

/// Its columns. It has no parameters.
pub(crate) async fn describe(context: &Context, plan: &[u8]) -> Result<Description, Error> {
    let plan = logical(context, plan).await?;
    let schema = physical(context, &plan).await?.schema();
    Ok(Description { schema, parameters: Arc::new(Schema::empty()), changes: false })
}

async fn logical(context: &Context, bytes: &[u8]) -> Result<LogicalPlan, Error> {
    let limits = &context.engine.parts.limits;
    if bytes.len() > limits.text_bytes {
        return Err(Error::limit("sql_bytes", "bytes", bytes.len() as u64, limits.text_bytes as u64));
    }
    let malformed = |why: &dyn std::fmt::Display| {
        Error::new(Code::InvalidSql, format!("this is no Substrait plan: {why}"))
    };
    // It is nested a hundred levels deep at most, or is refused here.
    let plan = Plan::decode(bytes).map_err(|error| malformed(&error))?;
    let extensions = Extensions::try_from(&plan.extensions).map_err(|error| Error::planning(&error))?;
    let reader = Reader { context, extensions: &extensions, outer: RwLock::default() };
    let reading = AssertUnwindSafe(from_substrait_plan_with_consumer(&reader, &plan)).catch_unwind();
    let plan = match reading.await {
        Ok(read) => read.map_err(|error| Error::planning(&error))?,
        // DataFusion takes for granted that optional parts are there.
        Err(_) => return Err(malformed(&"a part of it is missing")),
    };
    admit::check_growth(&plan, limits)?;
    Ok(plan)
}

/// Reads a plan with the names and functions of one statement.
struct Reader<'a> {
    context: &'a Context,
    extensions: &'a Extensions,
    /// Schemas of the questions around a subquery, the innermost last.
    outer: RwLock<Vec<Arc<DFSchema>>>,
}

#[async_trait]
impl SubstraitConsumer for Reader<'_> {
    async fn resolve_table_ref(
        &self,
        name: &TableReference,
    ) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        self.context.look_up(name.clone()).await.map_err(Error::carried)?;
        let schema: Arc<dyn SchemaProvider> = self.context.planner.schema_for_ref(name.clone())?;
        schema.table(name.table()).await
    }

    fn get_extensions(&self) -> &Extensions {
        self.extensions
    }

    fn get_function_registry(&self) -> &impl FunctionRegistry {
        &*self.context.planner
    }

    fn push_outer_schema(&self, schema: Arc<DFSchema>) {
        self.outer.write().push(schema);
    }

    fn pop_outer_schema(&self) {
        self.outer.write().pop();
    }

    fn get_outer_schema(&self, steps_out: usize) -> Option<Arc<DFSchema>> {
        let outer = self.outer.read();
        outer.get(outer.len().checked_sub(steps_out)?).cloned()
    }
}
