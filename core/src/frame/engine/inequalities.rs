//! Joins by inequalities, made a few pairs at a time.
//!
//! Polars 0.55.2 makes a join by two inequalities whole before anything behind it sees a row: no cancel ends it, and
//! no limit stops it. Its range join, for one inequality or a value between two, goes on after what is behind it has
//! failed. Here, once the plan is optimised, each is replaced by three nodes that stream. The frame on the right is put
//! in order ([`Partners`]), and gives numbers up to each power of two; each row on the left is asked for its partners,
//! and comes once for as many of them as a power of two; Polars' join of both by that power, which looks behind itself
//! every 100,000 rows, makes a row for each pair; and the partner is put beside it. That join asks for rows of its
//! right side once it has all of its left: so the frame is in order before anyone is asked for partners.

use std::sync::{Arc, OnceLock};

use polars::polars_utils::pl_str::unique_column_name;
use polars::prelude::{
    Column, DataFrame, IDX_DTYPE, IEJoinOptions, IdxCa, IdxSize, InequalityOperator, IntoColumn,
    JoinBuildSide, JoinCoalesce, JoinType, MaintainOrderJoin, PlSmallStr, PolarsError, PolarsResult, Schema,
    SchemaRef,
};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{ArenaLpIter, FunctionIR, IR, IRPlan, UdfSchema};
use polars_plan::prelude::{JoinOptionsIR, JoinTypeOptionsIR, Node, ProjectionOptions};

use super::partners::Partners;
use super::run::look;
use crate::pool::Cancel;

/// Replaces every join by inequalities in the plan.
///
/// # Errors
/// None that is known; Polars has them where a key's type is asked for.
pub(super) fn replace(plan: &mut IRPlan, cancel: &Cancel) -> PolarsResult<()> {
    let found: Vec<Node> = plan.lp_arena.iter(plan.lp_top).map(|(node, _)| node).collect();
    for node in found {
        // A node that two others read is found twice, and replaced once.
        if let Some(join) = Join::of(plan.lp_arena.get(node)) {
            let pairs = join.replaced(plan, cancel)?;
            plan.lp_arena.replace(node, pairs);
        }
    }
    Ok(())
}

struct Join {
    left: Node,
    right: Node,
    left_on: [ExprIR; 2],
    right_on: [ExprIR; 2],
    operators: [InequalityOperator; 2],
    options: Arc<JoinOptionsIR>,
    schema: SchemaRef,
}

/// Names of columns on the way, which no frame has.
#[derive(Clone)]
struct Names {
    keys: [PlSmallStr; 2],
    from: PlSmallStr,
    least: PlSmallStr,
    skipped: PlSmallStr,
    count: PlSmallStr,
    number: PlSmallStr,
}

impl Join {
    fn of(node: &IR) -> Option<Self> {
        let IR::Join { input_left, input_right, schema, left_on, right_on, options } = node else {
            return None;
        };
        let Some(JoinTypeOptionsIR::IEJoin(IEJoinOptions { operator1, operator2 })) = &options.options else {
            return None;
        };
        // One inequality is as good as the same one twice; a value between two is one key on its side.
        let both = |on: &[ExprIR]| Some([on.first()?.clone(), on.get(1).or(on.first())?.clone()]);
        let (left_on, right_on) = (both(left_on)?, both(right_on)?);
        matches!(options.args.how, JoinType::IEJoin | JoinType::Range).then(|| Self {
            left: *input_left,
            right: *input_right,
            left_on,
            right_on,
            operators: [*operator1, operator2.unwrap_or(*operator1)],
            options: Arc::clone(options),
            schema: Arc::clone(schema),
        })
    }

    /// The node that gives the same pairs.
    fn replaced(self, plan: &mut IRPlan, cancel: &Cancel) -> PolarsResult<IR> {
        let name = unique_column_name;
        let (keys, from, least) = ([name(), name()], name(), name());
        let names = Names { keys, from, least, skipped: name(), count: name(), number: name() };
        let partners: Arc<OnceLock<Partners>> = Arc::default();
        let numbers = [&names.count, &names.number].map(|name| (name.clone(), IDX_DTYPE));
        let places = [&names.from, &names.least, &names.skipped].map(|name| (name.clone(), IDX_DTYPE));

        let right = keyed(plan, self.right, &self.right_on, &names.keys)?;
        let schema = Schema::from_iter(numbers.clone());
        let numbered = plan.lp_arena.add(mapped(right, schema, false, self.order(&names, &partners, cancel)));

        let of_left = plan.lp_arena.get(self.left).schema(&plan.lp_arena).into_owned();
        let left = keyed(plan, self.left, &self.left_on, &names.keys)?;
        let mut schema = of_left.as_ref().clone();
        schema.extend(places.clone());
        schema.insert(names.count.clone(), IDX_DTYPE);
        let shared = plan.lp_arena.add(mapped(left, schema, true, find(&names, &partners, cancel)));

        let mut schema = Schema::from_iter(numbers);
        schema.extend(of_left.iter().map(|(name, kind)| (name.clone(), kind.clone())));
        schema.extend(places);
        let on = vec![ExprIR::from_column_name(names.count.clone(), &mut plan.expr_arena)];
        let repeated = plan.lp_arena.add(IR::Join {
            input_left: numbered,
            input_right: shared,
            schema: Arc::new(schema),
            left_on: on.clone(),
            right_on: on,
            options: Arc::new(self.repeating()),
        });

        let pairs = mapped(repeated, self.schema.as_ref().clone(), true, self.pair(names, partners, cancel));
        Ok(match self.options.args.slice {
            None => pairs,
            Some((offset, len)) => {
                let len = IdxSize::try_from(len).unwrap_or(IdxSize::MAX);
                IR::Slice { input: plan.lp_arena.add(pairs), offset, len }
            }
        })
    }

    /// A join of numbers and rows by a key, which reads all numbers first.
    fn repeating(&self) -> JoinOptionsIR {
        let mut options = self.options.as_ref().clone();
        options.options = None;
        options.args.how = JoinType::Inner;
        options.args.coalesce = JoinCoalesce::CoalesceColumns;
        options.args.slice = None;
        options.args.maintain_order = MaintainOrderJoin::None;
        options.args.build_side = Some(JoinBuildSide::ForceLeft);
        options
    }

    /// Puts the rows on the right in order; gives the numbers of a share's rows for every count that it may have.
    fn order(
        &self,
        names: &Names,
        partners: &Arc<OnceLock<Partners>>,
        cancel: &Cancel,
    ) -> impl Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static {
        let (names, partners, cancel) = (names.clone(), Arc::clone(partners), cancel.clone());
        let operators = self.operators;
        move |right| {
            let made = Partners::new(right, &names.keys, operators, || look(&cancel))?;
            // It is made once.
            let made = partners.get_or_init(|| made);
            let shares = || made.counts().flat_map(|count| (0..count).map(move |number| (count, number)));
            let counts = column(&names.count, shares().map(|(count, _)| count).collect());
            let numbers = column(&names.number, shares().map(|(_, number)| number).collect());
            DataFrame::new_infer_height(vec![counts, numbers])
        }
    }

    /// Puts its partner beside each row of a share.
    fn pair(
        &self,
        names: Names,
        partners: Arc<OnceLock<Partners>>,
        cancel: &Cancel,
    ) -> impl Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static {
        let (cancel, schema) = (cancel.clone(), Arc::clone(&self.schema));
        move |mut rows| {
            let partners = held(&partners)?;
            let [from, least, skipped, count, number] =
                [&names.from, &names.least, &names.skipped, &names.count, &names.number]
                    .map(|name| rows.drop_in_place(name));
            let (from, least, skipped) = (from?.rechunk(), least?.rechunk(), skipped?.rechunk());
            let (count, number) = (count?.rechunk(), number?.rechunk());
            let (from, least) = (from.idx()?.cont_slice()?, least.idx()?.cont_slice()?);
            let (skipped, count) = (skipped.idx()?.cont_slice()?, count.idx()?.cont_slice()?);
            let shares = from.iter().zip(least).zip(skipped).zip(count);
            let mut chosen = Vec::with_capacity(rows.height());
            let (mut last, mut of_share) = (None, Vec::new());
            for ((((from, least), skipped), count), number) in shares.zip(number.idx()?.cont_slice()?) {
                let share = (*from, *least, *skipped, *count);
                if last != Some(share) {
                    look(&cancel)?;
                    partners.share(share, &mut of_share);
                    last = Some(share);
                }
                chosen.extend(of_share.get(*number as usize));
            }
            let mut columns = partners.columns(chosen)?;
            for (column, name) in columns.iter_mut().zip(schema.iter_names().skip(rows.width())) {
                column.rename(name.clone());
            }
            rows.hstack(&columns)
        }
    }
}

/// Finds the partners of rows on the left.
fn find(
    names: &Names,
    partners: &Arc<OnceLock<Partners>>,
    cancel: &Cancel,
) -> impl Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static {
    let (names, partners, cancel) = (names.clone(), Arc::clone(partners), cancel.clone());
    move |mut rows| {
        let [first, second] = &names.keys;
        let (first, second) = (rows.drop_in_place(first)?, rows.drop_in_place(second)?);
        let shares = held(&partners)?.find([&first, &second], || look(&cancel))?;
        let chosen = IdxCa::from_vec(PlSmallStr::EMPTY, shares.row);
        let of_share = [
            (&names.from, shares.from),
            (&names.least, shares.least),
            (&names.skipped, shares.skipped),
            (&names.count, shares.count),
        ];
        let mut columns =
            rows.columns().iter().map(|column| column.take(&chosen)).collect::<PolarsResult<Vec<_>>>()?;
        columns.extend(of_share.map(|(name, values)| column(name, values)));
        DataFrame::new_infer_height(columns)
    }
}

fn held(partners: &OnceLock<Partners>) -> PolarsResult<&Partners> {
    let early =
        || PolarsError::ComputeError("a join was asked for pairs before it had its right side".into());
    partners.get().ok_or_else(early)
}

fn column(name: &PlSmallStr, values: Vec<IdxSize>) -> Column {
    IdxCa::from_vec(name.clone(), values).into_column()
}

/// The frame with its keys as columns behind it.
fn keyed(plan: &mut IRPlan, input: Node, keys: &[ExprIR; 2], names: &[PlSmallStr; 2]) -> PolarsResult<Node> {
    let of = plan.lp_arena.get(input).schema(&plan.lp_arena).into_owned();
    let mut schema = of.as_ref().clone();
    for (key, name) in keys.iter().zip(names) {
        schema.insert(name.clone(), key.dtype(&of, &plan.expr_arena)?.clone());
    }
    let exprs = keys.iter().zip(names).map(|(key, name)| key.with_alias(name.clone())).collect();
    let options = ProjectionOptions::default();
    Ok(plan.lp_arena.add(IR::HStack { input, exprs, schema: Arc::new(schema), options }))
}

/// What `function` makes of the frame.
fn mapped(
    input: Node,
    schema: Schema,
    streamable: bool,
    function: impl Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static,
) -> IR {
    let schema = Arc::new(schema);
    let schema: Arc<dyn UdfSchema> = Arc::new(move |_: &Schema| Ok(Arc::clone(&schema)));
    let function = FunctionIR::Opaque {
        function: Arc::new(function),
        schema: Some(schema),
        predicate_pd: false,
        projection_pd: false,
        streamable,
        fmt_str: PlSmallStr::from_static("INEQUALITIES"),
    };
    IR::MapFunction { input, function }
}
