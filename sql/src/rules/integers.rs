//! Whole numbers that grow out of their type make the question fail, and do not come back from the other end of it.
//!
//! DataFusion's own `+`, `-` and `*` wrap around; Arrow has the same with a check. What has no column in it is exchanged
//! before it is computed while planning, the rest after all other rules, which know operators and not functions.

use std::sync::Arc;

use arrow::array::{ArrayRef, Datum, Scalar};
use arrow::compute::kernels::numeric;
use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ExprSchema, Result, ScalarValue, internal_err};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::{AnalyzerRule, ApplyOrder, OptimizerConfig, OptimizerRule};

use super::under_names;

/// Checks what is computed while planning.
#[derive(Debug)]
pub(super) struct CheckedConstants;

impl AnalyzerRule for CheckedConstants {
    fn name(&self) -> &str {
        "checked_constants"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let checked = plan.transform_up_with_subqueries(|node| in_node(node, is_constant));
        Ok(checked?.data)
    }
}

/// Checks what is computed while running.
#[derive(Debug)]
pub(super) struct CheckedIntegers;

impl OptimizerRule for CheckedIntegers {
    fn name(&self) -> &str {
        "checked_integers"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        match plan {
            // A scan's filters are read by its provider, which knows operators and not this function.
            LogicalPlan::TableScan(_) => Ok(Transformed::no(plan)),
            plan => in_node(plan, |_| true),
        }
    }
}

fn in_node(node: LogicalPlan, wanted: impl Fn(&Expr) -> bool) -> Result<Transformed<LogicalPlan>> {
    let mut any = false;
    node.apply_expressions(|expr| {
        any = any || expr.exists(|expr| Ok(checked(expr).is_some() && wanted(expr)))?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    if !any {
        return Ok(Transformed::no(node));
    }
    let schema = merge_schema(&node.inputs());
    under_names(node, |expr| {
        expr.transform_up(|expr| match wanted(&expr) {
            true => exchanged(expr, &schema),
            false => Ok(Transformed::no(expr)),
        })
    })
}

/// Whether no row is needed for its value.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(..) => true,
        Expr::BinaryExpr(BinaryExpr { left, right, .. }) => is_constant(left) && is_constant(right),
        Expr::Cast(cast) => is_constant(&cast.expr),
        Expr::Negative(inner) => is_constant(inner),
        Expr::Alias(alias) => is_constant(&alias.expr),
        Expr::ScalarFunction(call) => call.name().starts_with(PREFIX) && call.args.iter().all(is_constant),
        _ => false,
    }
}

fn checked(expr: &Expr) -> Option<Operation> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { op: Operator::Plus, .. }) => Some(Operation::Add),
        Expr::BinaryExpr(BinaryExpr { op: Operator::Minus, .. }) | Expr::Negative(_) => {
            Some(Operation::Subtract)
        }
        Expr::BinaryExpr(BinaryExpr { op: Operator::Multiply, .. }) => Some(Operation::Multiply),
        _ => None,
    }
}

fn exchanged(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Some(operation) = checked(&expr) else { return Ok(Transformed::no(expr)) };
    let (data_type, arguments) = match &expr {
        Expr::BinaryExpr(BinaryExpr { left, right, .. }) => {
            let data_type = type_of(left, schema)?;
            if !data_type.is_integer() || data_type != type_of(right, schema)? {
                return Ok(Transformed::no(expr));
            }
            (data_type, vec![left.as_ref().clone(), right.as_ref().clone()])
        }
        // The least of all is without an opposite.
        Expr::Negative(inner) => {
            let data_type = type_of(inner, schema)?;
            if !data_type.is_signed_integer() {
                return Ok(Transformed::no(expr));
            }
            let zero = Expr::Literal(ScalarValue::new_zero(&data_type)?, None);
            (data_type, vec![zero, inner.as_ref().clone()])
        }
        _ => return Ok(Transformed::no(expr)),
    };
    let arithmetic = Checked { operation, data_type, signature: Signature::any(2, Volatility::Immutable) };
    Ok(Transformed::yes(ScalarUDF::new_from_impl(arithmetic).call(arguments)))
}

/// The type, known at once where it is one of ours: asking each operand anew costs the square of a long sum.
fn type_of(expr: &Expr, schema: &DFSchema) -> Result<DataType> {
    match expr {
        Expr::ScalarFunction(call) => match call.func.inner().downcast_ref::<Checked>() {
            Some(checked) => Ok(checked.data_type.clone()),
            None => expr.get_type(schema),
        },
        expr => expr.get_type(schema),
    }
}

/// What the names of the functions begin with.
const PREFIX: &str = "integer_";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Add,
    Subtract,
    Multiply,
}

/// One of the operations, as a function.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operation: Operation,
    data_type: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Add => "integer_add",
            Operation::Subtract => "integer_subtract",
            Operation::Multiply => "integer_multiply",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.data_type.clone())
    }

    fn is_nullable(&self, args: &[Expr], schema: &dyn ExprSchema) -> bool {
        args.iter().any(|arg| arg.nullable(schema).unwrap_or(true))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return internal_err!("{} takes two arguments", self.name());
        };
        let one = matches!((left, right), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
        let (left, right) = (datum(left)?, datum(right)?);
        let result: ArrayRef = match self.operation {
            Operation::Add => numeric::add(left.as_ref(), right.as_ref()),
            Operation::Subtract => numeric::sub(left.as_ref(), right.as_ref()),
            Operation::Multiply => numeric::mul(left.as_ref(), right.as_ref()),
        }?;
        match one {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)),
            false => Ok(ColumnarValue::Array(result)),
        }
    }
}

fn datum(value: &ColumnarValue) -> Result<Box<dyn Datum>> {
    Ok(match value {
        ColumnarValue::Array(values) => Box::new(Arc::clone(values)),
        ColumnarValue::Scalar(value) => Box::new(Scalar::new(value.to_array()?)),
    })
}
