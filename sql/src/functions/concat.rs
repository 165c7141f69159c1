//! A bound behind `||`, which is an operator and cannot be measured beforehand. Its answer is at most the sum of
//! two values that were within bounds, so that checking each right after it is made stops any growth.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, ExprSchema};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;
use std::sync::Arc;

use super::guard::Size;
use super::text::{Lengths, rows};

/// Puts the bound behind every `||` of a plan.
#[derive(Debug)]
pub(super) struct BoundConcat(Arc<ScalarUDF>);

impl BoundConcat {
    pub(super) fn new(max: u64) -> Self {
        let bound = Bounded { max, signature: Signature::any(1, Volatility::Immutable) };
        Self(Arc::new(ScalarUDF::new_from_impl(bound)))
    }

    fn bound(&self, expr: Expr) -> Result<Transformed<Expr>, DataFusionError> {
        match &expr {
            Expr::ScalarFunction(function) if function.name() == NAME => {
                Ok(Transformed::new(expr, false, TreeNodeRecursion::Jump))
            }
            Expr::BinaryExpr(BinaryExpr { op: Operator::StringConcat, .. }) => {
                let bounded = ScalarFunction::new_udf(Arc::clone(&self.0), vec![expr]);
                Ok(Transformed::yes(Expr::ScalarFunction(bounded)))
            }
            _ => Ok(Transformed::no(expr)),
        }
    }
}

impl AnalyzerRule for BoundConcat {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan, DataFusionError> {
        plan.transform_up_with_subqueries(|node| {
            let names = NamePreserver::new(&node);
            node.map_expressions(|expr| {
                let name = names.save(&expr);
                let bounded = expr.transform_up(|expr| self.bound(expr))?;
                Ok(bounded.update_data(|expr| name.restore(expr)))
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "bound_concat"
    }
}

const NAME: &str = "bounded";

/// Gives its argument back, or refuses it for its size.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    max: u64,
    signature: Signature,
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(arg_types.first().cloned().unwrap_or(DataType::Null))
    }

    fn is_nullable(&self, args: &[Expr], schema: &dyn ExprSchema) -> bool {
        use datafusion::logical_expr::ExprSchemable;
        args.first().and_then(|arg| arg.nullable(schema).ok()).unwrap_or(true)
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let lengths = Lengths::of(args.args.first());
        Size::of((0..rows(&args)).map(|row| lengths.at(row))).within("||", self.max)?;
        args.args.pop().ok_or_else(|| DataFusionError::Internal("`||` came without a value".to_owned()))
    }
}
