//! Whole numbers that grow out of their type make the question fail, and do not come back from the other end of it.
//!
//! DataFusion's own `+`, `-` and `*` wrap around; Arrow has the same with a check. What could be computed while planning
//! is exchanged before every rule that computes, the rest by [`super::arithmetic`] after all rules.

use std::sync::Arc;

use arrow::array::{ArrayRef, Datum, Scalar};
use arrow::compute::kernels::numeric;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion, TreeNodeVisitor};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, LogicalPlan, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::arithmetic::{exchange_one, in_node, is_arithmetic};

/// Checks what could be computed while planning.
#[derive(Debug)]
pub(super) struct CheckedConstants;

impl OptimizerRule for CheckedConstants {
    fn name(&self) -> &str {
        "checked_constants"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let mut any = false;
        if !matches!(plan, LogicalPlan::TableScan(_)) {
            plan.apply_expressions(|expr| {
                any = any || constants(expr)?.found;
                Ok(if any { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
            })?;
        }
        match any {
            true => in_node(plan, |expr, schema| match constants(&expr)?.found {
                // A neighbour that needs a row is checked early, which changes nothing.
                true => expr.transform_up(|expr| exchange_one(expr, schema)),
                false => Ok(Transformed::no(expr)),
            }),
            false => Ok(Transformed::no(plan)),
        }
    }
}

fn constants(expr: &Expr) -> Result<Constants> {
    let mut constants = Constants::default();
    expr.visit(&mut constants)?;
    Ok(constants)
}

/// Looks for arithmetic on what is a constant, or becomes one when it is simplified.
#[derive(Default)]
struct Constants {
    found: bool,
    /// For each open expression, what was seen of its operands.
    operands: Vec<Operands>,
}

struct Operands {
    all: bool,
    any: bool,
}

impl<'a> TreeNodeVisitor<'a> for Constants {
    type Node = Expr;

    fn f_down(&mut self, _: &'a Expr) -> Result<TreeNodeRecursion> {
        self.operands.push(Operands { all: true, any: false });
        Ok(TreeNodeRecursion::Continue)
    }

    fn f_up(&mut self, expr: &'a Expr) -> Result<TreeNodeRecursion> {
        let Some(operands) = self.operands.pop() else { return internal_err!("an expression ends twice") };
        let constant = may_be_constant(expr, &operands);
        self.found |= constant && is_arithmetic(expr);
        if let Some(above) = self.operands.last_mut() {
            above.all &= constant;
            above.any |= constant;
        }
        Ok(TreeNodeRecursion::Continue)
    }
}

/// Whether no row may be needed for the value, once a `coalesce`, a `CASE` or a product with zero is simplified.
fn may_be_constant(expr: &Expr, operands: &Operands) -> bool {
    match expr {
        Expr::Literal(..) => true,
        Expr::BinaryExpr(BinaryExpr { op: Operator::Plus | Operator::Minus, .. })
        | Expr::Negative(_)
        | Expr::Cast(_)
        | Expr::TryCast(_)
        | Expr::Alias(_) => operands.all,
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Multiply | Operator::Divide | Operator::Modulo,
            right,
        }) => operands.all || is_small(left) || is_small(right),
        Expr::BinaryExpr(_)
        | Expr::ScalarFunction(_)
        | Expr::HigherOrderFunction(_)
        | Expr::Case(_)
        | Expr::Between(_)
        | Expr::InList(_)
        | Expr::Like(_)
        | Expr::SimilarTo(_)
        | Expr::Not(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_) => operands.all || operands.any,
        _ => false,
    }
}

/// Whether it is a zero or a one, which make a product or a remainder one too.
fn is_small(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(value, _) => {
            let is = |one: Result<ScalarValue>| one.is_ok_and(|one| one == *value);
            is(ScalarValue::new_zero(&value.data_type())) || is(ScalarValue::new_one(&value.data_type()))
        }
        _ => false,
    }
}

/// The function for that operator on values of those types, where it is one of ours.
pub(super) fn operation(op: Operator, left: &DataType, right: &DataType) -> Option<ScalarUDF> {
    let operation = match op {
        Operator::Plus => Operation::Add,
        Operator::Minus => Operation::Subtract,
        Operator::Multiply => Operation::Multiply,
        _ => return None,
    };
    (left.is_integer() && left == right).then(|| Checked::function(operation, left))
}

/// The opposite, where it is of a whole number: the least of all has none.
pub(super) fn opposite(of: Expr, data_type: &DataType) -> Result<std::result::Result<Expr, Expr>> {
    if !data_type.is_signed_integer() {
        return Ok(Err(of));
    }
    let zero = Expr::Literal(ScalarValue::new_zero(data_type)?, None);
    Ok(Ok(Checked::function(Operation::Subtract, data_type).call(vec![zero, of])))
}

/// The function's type, where it is one of ours.
pub(super) fn type_of(function: &ScalarUDF) -> Option<&DataType> {
    function.inner().downcast_ref::<Checked>().map(|checked| &checked.data_type)
}

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

impl Checked {
    fn function(operation: Operation, data_type: &DataType) -> ScalarUDF {
        let signature = Signature::any(2, Volatility::Immutable);
        ScalarUDF::new_from_impl(Self { operation, data_type: data_type.clone(), signature })
    }
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

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        super::arithmetic::field(self.name(), &self.data_type, &args)
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
