//! Looking up every name of a statement before it is planned.

use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datafusion::catalog::TableProvider;
use datafusion::catalog::view::ViewTable;
use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, ObjectNamePart, Statement as Ast, Visit, VisitMut, Visitor, VisitorMut,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use pantile_core::catalog::{Dialect, Pin};
use pantile_core::{Code, nearest};

use super::Context;
use super::catalogs::Datasets;
use crate::names::{CATALOG, INFORMATION, MAIN, SYSTEM};
use crate::programs::ProgramTable;
use crate::{Error, Position, admit, system};

/// Views inside views.
const VIEW_DEPTH: usize = 32;

impl Context {
    /// Fetches what the statement names, planning views on the way.
    ///
    /// # Errors
    /// [`Code::UnknownDataset`] with where it stands and what was probably meant.
    pub(super) async fn resolve(&self, statement: &Statement) -> Result<(), Error> {
        self.names(statement, self.depth).await
    }

    /// Fetches what the name stands for.
    ///
    /// # Errors
    /// As [`Context::resolve`].
    pub(crate) async fn look_up(&self, name: TableReference) -> Result<(), Error> {
        self.name(name, self.depth).await
    }

    fn names<'a>(&'a self, statement: &'a Statement, depth: usize) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let references =
                self.planner.resolve_table_references(statement).map_err(|error| Error::planning(&error))?;
            let made = made(statement);
            for reference in references {
                if made.as_deref() == Some(reference.table()) {
                    continue;
                }
                let at = || position(statement, reference.table());
                self.name(reference.clone(), depth).await.map_err(|error| error.at(at()))?;
            }
            Ok(())
        }
        .boxed()
    }

    async fn name(&self, reference: TableReference, depth: usize) -> Result<(), Error> {
        if reference.schema().is_none() && self.planner.table_functions().contains_key(reference.table()) {
            return Ok(());
        }
        let own = reference.schema().is_none();
        let name = reference.resolve(CATALOG, MAIN);
        if *name.catalog != *CATALOG {
            let said = format!("there is no catalog `{}`; everything is in `{CATALOG}`", name.catalog);
            return Err(Error::new(Code::UnknownDataset, said));
        }
        match &*name.schema {
            SYSTEM => self.system_name(&name),
            // The table of DataFusion's settings, which `SHOW TABLES` looks for too, is not there for anybody.
            INFORMATION => self.all_views(depth).await,
            schema if schema == MAIN || schema.starts_with("main@") => {
                let datasets = if own { self.catalogs.own() } else { self.datasets(schema).await? };
                self.dataset(&datasets, &name, depth).await
            }
            other => {
                let said = format!(
                    "there is no schema `{other}`; there are `{MAIN}`, `{SYSTEM}` and `{INFORMATION}`"
                );
                Err(Error::new(Code::UnknownDataset, said))
            }
        }
    }

    fn system_name(&self, name: &ResolvedTableReference) -> Result<(), Error> {
        let names = || system::SYSTEM_TABLES.iter().map(|table| table.name());
        match names().any(|known| known == &*name.table) {
            true => Ok(()),
            false => {
                Err(Error::unknown_dataset(&format!("system.{}", name.table), nearest(&name.table, names())))
            }
        }
    }

    async fn dataset(
        &self,
        datasets: &Datasets,
        name: &ResolvedTableReference,
        depth: usize,
    ) -> Result<(), Error> {
        let table = &*name.table;
        if datasets.pin.table(table).is_some() || datasets.knows_view(table) {
            return Ok(());
        }
        match datasets.pin.views.get(table) {
            Some(view) => {
                let view = Arc::clone(view);
                // What stays reads what stays.
                let pin = if *name.schema == *MAIN { &self.lasting } else { &datasets.pin };
                let planned = match view.dialect {
                    Dialect::Sql => self.view(pin, &view.text, &name.schema, depth).await,
                    Dialect::Expressions => self.program(pin, &view.text, depth).await,
                };
                let planned = planned.map_err(|error| {
                    let said = format!("view `{table}` cannot be read: {error}");
                    let told = Error::new(error.code(), said).hinted(error.hint().map(str::to_owned));
                    match error.limit_met() {
                        Some(limit) => told.met(limit.clone()),
                        None => told,
                    }
                })?;
                datasets.add_view(table.to_owned(), planned);
                Ok(())
            }
            None if self.pin.table(table).is_some_and(|table| table.is_temporary()) => {
                let unknown = Error::unknown_dataset(&format!("{}.{table}", name.schema), None);
                Err(unknown.hinted(Some(format!("`{table}` is a temporary table, which is in no schema"))))
            }
            None if datasets.pin.array(table).is_some() => {
                let said = format!(
                    "`{table}` is an array, and no table; programs read it with `array(\"{table}\")`"
                );
                Err(Error::new(Code::InvalidRequest, said))
            }
            None => Err(Error::unknown_dataset(table, nearest(table, datasets.pin.names()))),
        }
    }

    async fn view(
        &self,
        pin: &Pin,
        sql: &str,
        schema: &str,
        depth: usize,
    ) -> Result<Arc<dyn TableProvider>, Error> {
        let limits = &self.engine.parts.limits;
        let mut statement = admit::view_query(sql, limits)?;
        admit::Expansion::new(pin, limits).check(&statement)?;
        if schema != MAIN || self.catalogs.have_temporary() {
            qualify(&mut statement, schema, |name| {
                let known = |pin: &Pin| pin.kind_of(name).is_some();
                known(pin) || (schema == MAIN && known(&self.pin))
            })?;
        }
        self.names(&statement, deeper(depth)?).await?;
        let plan =
            self.planner.statement_to_plan(statement).await.map_err(|error| Error::planning(&error))?;
        admit::allowed(&plan)?;
        Ok(Arc::new(ViewTable::new(plan, Some(sql.to_owned()))))
    }

    /// A view whose text is a program: planned in the snapshot that the view is of.
    fn program<'a>(
        &'a self,
        pin: &'a Pin,
        text: &'a str,
        depth: usize,
    ) -> BoxFuture<'a, Result<Arc<dyn TableProvider>, Error>> {
        async move {
            let depth = deeper(depth)?;
            admit::Expansion::new(pin, &self.engine.parts.limits).check_program(text)?;
            let inside = Arc::new(self.inside(text.to_owned(), pin.clone(), depth));
            Ok(Arc::new(ProgramTable::new(inside).await?) as Arc<dyn TableProvider>)
        }
        .boxed()
    }

    /// `information_schema.columns` lists the columns of views: plans those that can be.
    async fn all_views(&self, depth: usize) -> Result<(), Error> {
        let datasets = self.catalogs.own();
        let names: Vec<String> = datasets.pin.views.keys().cloned().collect();
        for view in names {
            let name = TableReference::full(CATALOG, MAIN, view.as_str()).resolve(CATALOG, MAIN);
            // A view over a table that is gone is listed without columns; asking it says why.
            if let Err(error) = self.dataset(&datasets, &name, depth).await {
                tracing::debug!(view, %error, "view left out of information_schema");
            }
        }
        Ok(())
    }

    /// The datasets of the schema, fetching a snapshot of the past on first sight.
    async fn datasets(&self, schema: &str) -> Result<Arc<Datasets>, Error> {
        let missing = || Error::defect(&format!("schema {schema} is not there after it was added"));
        if let Some(known) = self.catalogs.datasets(schema) {
            return Ok(known);
        }
        let catalog = &self.engine.parts.catalog;
        let asked = schema.split_once('@').map_or("", |(_, asked)| asked);
        let pin = match asked.parse::<i64>() {
            Ok(id) => catalog.at(id).await?,
            Err(_) => catalog.at_time(time_of(asked)?).await?,
        };
        self.catalogs.add_past(schema.to_owned(), pin);
        self.catalogs.datasets(schema).ok_or_else(missing)
    }
}

/// The depth of what a view there reads.
fn deeper(depth: usize) -> Result<usize, Error> {
    let deeper = depth.saturating_add(1);
    match deeper > VIEW_DEPTH {
        true => Err(Error::limit("sql_nesting", "views inside views", deeper as u64, VIEW_DEPTH as u64)),
        false => Ok(deeper),
    }
}

/// A time as people write it; without a zone it is UTC.
fn time_of(text: &str) -> Result<DateTime<Utc>, Error> {
    let naive = || {
        ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .or_else(|| {
                NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN))
            })
    };
    DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1))
        .map(|time| time.to_utc())
        .ok()
        .or_else(|| naive().map(|time| time.and_utc()))
        .ok_or_else(|| {
            Error::new(Code::InvalidSql, format!("`{text}` is not a time; write `2026-01-31 12:00:00`"))
        })
}

/// The name that the statement itself makes, and that need not be there.
fn made(statement: &Statement) -> Option<String> {
    let name = match statement {
        Statement::Statement(ast) => match ast.as_ref() {
            Ast::CreateTable(create) => &create.name,
            Ast::CreateView(create) => &create.name,
            _ => return None,
        },
        Statement::CreateExternalTable(create) => &create.name,
        Statement::Explain(explain) => return made(&explain.statement),
        Statement::CopyTo(_) | Statement::Reset(_) => return None,
    };
    name.0.last().and_then(ObjectNamePart::as_ident).map(|ident| match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    })
}

/// Where a table is first named.
fn position(statement: &Statement, table: &str) -> Option<Position> {
    struct Find<'a>(&'a str);
    impl Visitor for Find<'_> {
        type Break = Position;
        fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<Position> {
            match name.0.last().and_then(ObjectNamePart::as_ident) {
                Some(ident) if ident.value.eq_ignore_ascii_case(self.0) && ident.span.start.line > 0 => {
                    ControlFlow::Break(ident.span.start.into())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    let mut find = Find(table);
    let found = match statement {
        Statement::Statement(ast) => ast.visit(&mut find),
        Statement::CopyTo(copy) => match &copy.source {
            CopyToSource::Query(query) => query.visit(&mut find),
            CopyToSource::Relation(name) => find.pre_visit_relation(name),
        },
        Statement::Explain(explain) => return position(&explain.statement, table),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => return None,
    };
    match found {
        ControlFlow::Break(position) => Some(position),
        ControlFlow::Continue(()) => None,
    }
}

/// Makes a view read the datasets of its own schema: those of its time, or those that stay as it does.
fn qualify(statement: &mut Statement, schema: &str, ours: impl Fn(&str) -> bool) -> Result<(), Error> {
    let (tables, ctes) =
        resolve_table_references(statement, true).map_err(|error| Error::planning(&error))?;
    let names: Vec<String> = tables
        .into_iter()
        .filter(|table| {
            table.schema().is_none_or(|schema| schema == MAIN) && ours(table.table()) && !ctes.contains(table)
        })
        .map(|table| table.table().to_owned())
        .collect();
    if let Statement::Statement(ast) = statement {
        let _ = ast.visit(&mut Qualify { schema, names });
    }
    Ok(())
}

struct Qualify<'a> {
    schema: &'a str,
    names: Vec<String>,
}

impl VisitorMut for Qualify<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<()> {
        let folded = name.0.last().and_then(ObjectNamePart::as_ident).map(|ident| match ident.quote_style {
            Some(_) => ident.value.clone(),
            None => ident.value.to_lowercase(),
        });
        if name.0.len() <= 2 && folded.is_some_and(|folded| self.names.contains(&folded)) {
            let table = name.0.pop();
            let schema = ObjectNamePart::Identifier(Ident::with_quote('"', self.schema));
            name.0 = std::iter::once(schema).chain(table).collect();
        }
        ControlFlow::Continue(())
    }
}
