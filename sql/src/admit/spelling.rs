//! Functions that have several names, inside one another.
//!
//! DataFusion keeps the name that was used beside the function's own, with both in the name of whatever holds the call:
//! that text doubles with each call, and 22 times `pow` inside `pow` are planned for ever. So calls inside of calls get
//! the function's own name; the outermost keeps the one it has, which is what its column is called by.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::execution::SessionStateDefaults;
use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectNamePart, VisitorMut};

/// The own names of functions, by their other names.
static OWN: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let functions = SessionStateDefaults::default_scalar_functions();
    let names = functions.iter().flat_map(|function| {
        function.aliases().iter().map(|other| (other.clone(), function.name().to_owned()))
    });
    names.collect()
});

/// Gives calls inside of calls the functions' own names.
#[derive(Default)]
pub(super) struct Spelling {
    /// Calls that the visit is in.
    calls: usize,
}

impl VisitorMut for Spelling {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::Function(call) = expr else { return ControlFlow::Continue(()) };
        if self.calls > 0
            && let [ObjectNamePart::Identifier(name)] = call.name.0.as_mut_slice()
            && let Some(own) = OWN.get(&name.value.to_lowercase())
        {
            *name = Ident { value: own.clone(), ..name.clone() };
        }
        self.calls = self.calls.saturating_add(1);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if matches!(expr, Expr::Function(_)) {
            self.calls = self.calls.saturating_sub(1);
        }
        ControlFlow::Continue(())
    }
}
