//! Groups of a frame, to be aggregated: as Polars has them, or by windows of which each has its row.
//!
//! Polars makes no group of no rows. Windows are numbered, so that those between the first and the last are known once
//! the others are; what stands in their rows is what the aggregations come to over [`Windows::none`].

use polars::prelude::{
    DataType, ExplodeOptions, Expr, JoinType, LazyFrame, LazyGroupBy, MaintainOrderJoin, PlSmallStr, by_name,
    int_ranges, lit, when,
};

use super::functions::made;
use super::lower::Error;

/// Groups of a frame.
#[derive(Clone)]
pub struct Groups {
    by: LazyGroupBy,
    /// The frame and the keys, of groups by nothing but keys.
    rows: Option<Box<(LazyFrame, Vec<Expr>)>>,
    windows: Option<Box<Windows>>,
}

/// Windows of a frame, each of which has a row, between the first that has rows and the last.
#[derive(Clone)]
pub struct Windows {
    /// Keys whose groups have windows of their own.
    pub keys: Vec<PlSmallStr>,
    /// The key that numbers windows, and is then what they are called by.
    pub index: PlSmallStr,
    /// From the number of one window to that of the next.
    pub step: i64,
    /// What a window is called by, from its number.
    pub label: Expr,
    /// A group without rows, of the same columns and keys.
    pub none: LazyGroupBy,
}

impl From<LazyGroupBy> for Groups {
    fn from(by: LazyGroupBy) -> Self {
        Self { by, rows: None, windows: None }
    }
}

impl Groups {
    /// Groups of rows with equal keys, in the order of their first rows where they are to keep it.
    pub fn by_keys(frame: LazyFrame, keys: Vec<Expr>, maintain_order: bool) -> Self {
        let rows = Some(Box::new((frame.clone(), keys.clone())));
        let by = if maintain_order { frame.group_by_stable(keys) } else { frame.group_by(keys) };
        Self { by, rows, windows: None }
    }

    /// Groups by keys of which one numbers `windows`.
    pub fn windows(by: LazyGroupBy, windows: Windows) -> Self {
        Self { by, rows: None, windows: Some(Box::new(windows)) }
    }

    /// One row for each group, or window.
    ///
    /// # Errors
    /// What Polars says of columns that cannot be.
    pub fn agg(self, columns: impl AsRef<[Expr]>) -> Result<LazyFrame, Error> {
        let there = self.by.agg(columns.as_ref());
        match self.windows {
            None => Ok(there),
            Some(windows) => windows.each(there, columns.as_ref()),
        }
    }

    /// The frame and the keys, for a verb that gives the rows of groups.
    ///
    /// # Errors
    /// Where a row may be in several groups, or in none.
    pub fn rows(self, verb: &str) -> Result<(LazyFrame, Vec<Expr>), Error> {
        match self.rows.map(|rows| *rows) {
            Some((frame, keys)) if !keys.is_empty() => Ok((frame, keys)),
            _ => Err(Error::refused(format!("`{verb}` is asked right behind `group_by` with its keys"))
                .hinted("of other groups, `agg` and `join` what comes of it")),
        }
    }

    /// The groups, for a verb that is about those that have rows.
    ///
    /// # Errors
    /// Where they are windows that may have none.
    pub fn with_rows(self, verb: &str) -> Result<LazyGroupBy, Error> {
        match self.windows {
            None => Ok(self.by),
            Some(_) => Err(Error::refused(format!(
                "`{verb}` is asked of windows, and `resample` has some without rows"
            ))
            .hinted("aggregate first and `filter` the rows, or take `group_by_dynamic`")),
        }
    }
}

impl Windows {
    /// A row for every window: that of `there`, or what the columns come to where there is no row.
    fn each(self, mut there: LazyFrame, columns: &[Expr]) -> Result<LazyFrame, Error> {
        let column = |name: &PlSmallStr| Expr::Column(name.clone());
        let schema = there.collect_schema()?;
        let is_key = |name: &PlSmallStr| self.keys.contains(name) || *name == self.index;
        let values: Vec<PlSmallStr> = schema.iter_names().filter(|name| !is_key(name)).cloned().collect();
        let keys: Vec<Expr> = self.keys.iter().map(column).collect();
        let named = |values: Vec<Expr>| {
            let index = self.label.clone().alias(self.index.clone());
            keys.iter().cloned().chain([index]).chain(values).collect::<Vec<_>>()
        };
        let all = self.numbered(there.clone(), &keys)?;
        if values.is_empty() {
            return Ok(all.select(named(Vec::new())));
        }
        // Behind the names of what stands there if there is no row; itself, whether there is one.
        let mut none = "_none".to_owned();
        while schema.iter_names().any(|name| name.ends_with(&none)) {
            none.push('_');
        }
        let if_none = |name: &PlSmallStr| PlSmallStr::from(format!("{name}{none}"));
        let of_none = values.iter().map(|name| column(name).alias(if_none(name)));
        let of_none = self.none.clone().agg(columns).select(of_none.collect::<Vec<_>>());
        let rows = all
            .join_builder()
            .with(there.with_columns([lit(true).alias(none.as_str())]))
            .on(keys.iter().cloned().chain([column(&self.index)]).collect::<Vec<_>>())
            .how(JoinType::Left)
            .join_nulls(true)
            .maintain_order(MaintainOrderJoin::LeftRight)
            .finish()
            .join_builder()
            .with(of_none)
            .how(JoinType::Cross)
            .maintain_order(MaintainOrderJoin::LeftRight)
            .finish();
        let is_none = Expr::Column(none.as_str().into()).is_null();
        let values = values.iter().map(|name| {
            let value = when(is_none.clone()).then(column(&if_none(name))).otherwise(column(name));
            value.alias(name.clone())
        });
        Ok(rows.select(named(values.collect())))
    }

    /// The keys of every window, with its number: group by group, in the order of `there`.
    fn numbered(&self, there: LazyFrame, keys: &[Expr]) -> Result<LazyFrame, Error> {
        let number = || Expr::Column(self.index.clone());
        let last = made::last_window(number().min(), number().max(), self.step);
        let numbers = int_ranges(number().min(), last + lit(1_i64), lit(self.step), DataType::Int64);
        let numbers = numbers.alias(self.index.clone());
        let all = match keys {
            [] => there.select([numbers]),
            keys => there.group_by_stable(keys).agg([numbers]),
        };
        // Of no rows there are no windows: a null, which is left out.
        let options = ExplodeOptions { empty_as_null: false, keep_nulls: false };
        Ok(all.explode(by_name([self.index.as_str()], true, false), options))
    }
}
