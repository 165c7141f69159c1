//! What a program's names stand for, while it is read from top to bottom.

use std::collections::HashMap;

use super::error::Error;
use super::position::Span;
use super::program::Binding;
use super::tree::{BindingId, Kind, NodeId};

/// The names so far.
#[derive(Default)]
pub(super) struct Names {
    bindings: Vec<Binding>,
    bound: HashMap<String, (BindingId, bool)>,
    /// Where a name that is not bound was used first.
    free: HashMap<String, Span>,
}

impl Names {
    /// The node that the name is there.
    pub(super) fn used(&mut self, name: &str, span: Span) -> Kind {
        match self.bound.get_mut(name) {
            Some((id, is_used)) => {
                *is_used = true;
                Kind::Bound(*id)
            }
            None => {
                self.free.entry(name.to_owned()).or_insert(span);
                Kind::Name(name.to_owned())
            }
        }
    }

    /// Binds the name from here on.
    pub(super) fn bind(
        &mut self,
        text: &str,
        name: &str,
        name_span: Span,
        node: NodeId,
    ) -> Result<(), Error> {
        if let Some(before) = self.bound.get(name).and_then(|(id, _)| self.bindings.get(id.0 as usize)) {
            let line = before.name_span.position(text).line;
            let said = format!("`{name}` is bound in line {line} already");
            return Err(Error::syntax(text, name_span, said).hinted("a name is bound once: take another"));
        }
        if let Some(use_span) = self.free.get(name) {
            let line = name_span.position(text).line;
            let said = format!("`{name}` is used here, and bound in line {line}");
            let hint = "bind it before, or take another name where that is meant";
            return Err(Error::syntax(text, *use_span, said).hinted(hint));
        }
        let id = BindingId(u32::try_from(self.bindings.len()).unwrap_or(u32::MAX));
        self.bound.insert(name.to_owned(), (id, false));
        self.bindings.push(Binding { name: name.to_owned(), name_span, node });
        Ok(())
    }

    /// The last name that was bound.
    pub(super) fn last(&self) -> Option<&str> {
        self.bindings.last().map(|binding| binding.name.as_str())
    }

    /// The bindings, each of which was used.
    pub(super) fn finish(self, text: &str) -> Result<Vec<Binding>, Error> {
        let is_used = |binding: &&Binding| self.bound.get(&binding.name).is_some_and(|(_, used)| *used);
        match self.bindings.iter().find(|binding| !is_used(binding)) {
            Some(unused) => {
                let said = format!("`{}` is bound and never used", unused.name);
                Err(Error::syntax(text, unused.name_span, said).hinted("use it, or delete the line"))
            }
            None => Ok(self.bindings),
        }
    }
}
