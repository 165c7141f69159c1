//! Rows by two keys, of which the partners of a row are found by two inequalities.

use polars::prelude::{
    BooleanChunked, Column, DataFrame, IdxCa, IdxSize, InequalityOperator, PlSmallStr, PolarsResult,
    SearchSortedSide, Series, SortOptions, search_sorted,
};

use super::heights::Heights;

/// Rows that rows of another frame find partners among.
///
/// They stand in the order of the first key, turned so that a row's partners by the first inequality are those from
/// some place on; the height of each is its place in the order of the second key, turned so that the partners by the
/// second inequality are those of at least some height.
#[derive(Debug)]
pub(super) struct Partners {
    rows: DataFrame,
    keys: [Sorted; 2],
    /// Which row stands at each place.
    order: Vec<IdxSize>,
    heights: Heights,
}

/// The partners of rows of a frame, in shares: each is of one row, and as many as a power of two.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// The row.
    pub(super) row: Vec<IdxSize>,
    /// From which place on its partners are.
    pub(super) from: Vec<IdxSize>,
    /// From which height on.
    pub(super) least: Vec<IdxSize>,
    /// How many of them are in shares before.
    pub(super) skipped: Vec<IdxSize>,
    /// How many are in this one.
    pub(super) count: Vec<IdxSize>,
}

/// One of them: from where, at least how high, how many before, how many.
pub(super) type Share = (IdxSize, IdxSize, IdxSize, IdxSize);

/// A share of more partners than this is cut, as far as it makes no more than [`MOST`] of those of a row.
const WIDE: IdxSize = 1 << 16;
/// Wide shares that a row may have.
const MOST: IdxSize = 16;

impl Partners {
    /// Those rows of the frame that have both keys. Each operator stands between the other frame's key and this one's.
    /// `look` fails where it is no longer wanted.
    pub(super) fn new(
        mut rows: DataFrame,
        names: &[PlSmallStr; 2],
        operators: [InequalityOperator; 2],
        look: impl Fn() -> PolarsResult<()>,
    ) -> PolarsResult<Self> {
        let [first, second] = names;
        let known = known(rows.column(first)?, rows.column(second)?);
        if !known.all() {
            rows = rows.filter(&known)?;
        }
        rows.rechunk_mut();
        let [one, other] = operators;
        let (first, order) = Sorted::new(&rows.drop_in_place(first)?, one)?;
        look()?;
        let (second, by_second) = Sorted::new(&rows.drop_in_place(second)?, other)?;
        look()?;
        let mut heights: Vec<IdxSize> = vec![0; order.len()];
        for (height, row) in (0..).zip(by_second) {
            if let Some(of_row) = heights.get_mut(row as usize) {
                *of_row = height;
            }
        }
        let heights = order.iter().filter_map(|row| heights.get(*row as usize).copied()).collect();
        Ok(Self { rows, keys: [first, second], order, heights: Heights::new(heights) })
    }

    /// How many partners a share may have: 1, 2, 4…
    pub(super) fn counts(&self) -> impl Iterator<Item = IdxSize> {
        let most = self.widest().min(count_of(self.order.len()));
        std::iter::successors(Some(1), |count: &IdxSize| count.checked_mul(2))
            .take_while(move |count| *count <= most)
    }

    fn widest(&self) -> IdxSize {
        let wide = count_of(self.order.len()).checked_div(MOST).unwrap_or_default().max(WIDE);
        wide.checked_next_power_of_two().unwrap_or(WIDE)
    }

    /// The partners of rows of these keys. `look` fails where they are no longer wanted.
    pub(super) fn find(
        &self,
        keys: [&Column; 2],
        look: impl Fn() -> PolarsResult<()>,
    ) -> PolarsResult<Shares> {
        let [first, second] = keys;
        let known = known(first, second);
        let [by_first, by_second] = &self.keys;
        let (cuts, widest) = (by_first.cuts(first)?.into_iter().zip(by_second.cuts(second)?), self.widest());
        let mut shares = Shares::default();
        for ((row, (from, least)), _) in
            (0..).zip(cuts).zip(known.iter()).filter(|(_, known)| *known == Some(true))
        {
            look()?;
            let (mut skipped, mut left) = (0, count_of(self.heights.count(from as usize, least)));
            while let Some(power) = left.checked_ilog2() {
                let count = 1_u32.checked_shl(power).map_or(widest, |count| count.min(widest));
                shares.row.push(row);
                shares.from.push(from);
                shares.least.push(least);
                shares.skipped.push(skipped);
                shares.count.push(count);
                (skipped, left) = (skipped.saturating_add(count), left.saturating_sub(count));
            }
        }
        Ok(shares)
    }

    /// Puts the rows that a share is of into `rows`, in place of what is there.
    pub(super) fn share(&self, (from, least, skipped, count): Share, rows: &mut Vec<IdxSize>) {
        rows.clear();
        self.heights.places((from as usize, least), (skipped as usize, count as usize), |places| {
            rows.extend_from_slice(self.order.get(places).unwrap_or_default());
        });
    }

    /// The columns of these rows.
    pub(super) fn columns(&self, rows: Vec<IdxSize>) -> PolarsResult<Vec<Column>> {
        let rows = IdxCa::from_vec(PlSmallStr::EMPTY, rows);
        self.rows.columns().iter().map(|column| column.take(&rows)).collect()
    }
}

/// A key in its order.
#[derive(Debug)]
struct Sorted {
    rising: Series,
    operator: InequalityOperator,
}

impl Sorted {
    /// The key, and its rows in the order that has the partners of any row last.
    fn new(key: &Column, operator: InequalityOperator) -> PolarsResult<(Self, Vec<IdxSize>)> {
        let key = key.as_materialized_series().to_physical_repr().into_owned();
        let order = key.arg_sort(SortOptions::default());
        let sorted = Self { rising: key.take(&order)?, operator };
        let mut order: Vec<IdxSize> = order.iter().flatten().collect();
        if sorted.is_turned() {
            order.reverse();
        }
        Ok((sorted, order))
    }

    /// Whether the partners are the smaller ones.
    fn is_turned(&self) -> bool {
        matches!(self.operator, InequalityOperator::Gt | InequalityOperator::GtEq)
    }

    /// From which place on the partners of each of these keys are.
    fn cuts(&self, keys: &Column) -> PolarsResult<Vec<IdxSize>> {
        let keys = keys.as_materialized_series().to_physical_repr();
        // Keys that are equal are partners, or they are not.
        let side = match self.operator {
            InequalityOperator::Lt | InequalityOperator::GtEq => SearchSortedSide::Right,
            InequalityOperator::LtEq | InequalityOperator::Gt => SearchSortedSide::Left,
        };
        let cuts = search_sorted(&self.rising, &keys, side, false)?;
        let len = count_of(self.rising.len());
        let turned = |cut| if self.is_turned() { len.saturating_sub(cut) } else { cut };
        Ok(cuts.iter().map(|cut| cut.map_or(len, turned)).collect())
    }
}

/// Rows are as many as Polars can count.
fn count_of(rows: usize) -> IdxSize {
    IdxSize::try_from(rows).unwrap_or(IdxSize::MAX)
}

fn known(first: &Column, second: &Column) -> BooleanChunked {
    &first.is_not_null() & &second.is_not_null()
}
