//! The form of a program that says what is computed and nothing else.
//!
//! What is bound and used once stands in the place of its name; what is used more often is bound to `v1`, `v2`,
//! … in the order in which the result comes to need it. Names, spacing, comments, quotes and the order of
//! independent statements leave no trace; constants and the order of arguments by name stay as they are.

use std::collections::HashSet;

use super::print::print;
use super::program::{Binding, Program};
use super::tree::{BindingId, Kind, Node, NodeId};

impl Program {
    /// The same program in its canonical form, whose spans lead into the text of this one.
    ///
    /// What is used once stays bound where it would make a statement deeper than the program's limit allows.
    pub fn canonical(&self) -> Program {
        let plan = Plan::of(self);
        let order = plan.order();
        let mut writer = Writer::new(&plan, &order);
        for (at, id) in order.iter().enumerate() {
            writer.bind(*id, at);
        }
        let result = writer.expression(plan.root(self.result));
        let Writer { nodes, bindings, .. } = writer;
        Program { text: self.text.clone(), nodes, bindings, result, depth_max: self.depth_max }
    }

    /// The BLAKE3 hash of its canonical form's text: what it is known by.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(print(&self.canonical()).as_bytes()).as_bytes()
    }
}

/// Which bindings stay.
struct Plan<'p> {
    program: &'p Program,
    /// For each binding, what it stands for once it is no mere other name for a binding before.
    roots: Vec<NodeId>,
    /// For each binding, the one that it is another name for, or itself.
    meant: Vec<usize>,
    stays: Vec<bool>,
}

impl<'p> Plan<'p> {
    fn of(program: &'p Program) -> Self {
        let mut plan = Self { program, roots: Vec::new(), meant: Vec::new(), stays: Vec::new() };
        for (at, binding) in program.bindings().iter().enumerate() {
            let meant = plan.bound(binding.node).unwrap_or(at);
            let root = plan.roots.get(meant).copied().unwrap_or(binding.node);
            plan.meant.push(meant);
            plan.roots.push(root);
        }
        plan.stays = plan.uses().into_iter().map(|uses| uses > 1).collect();
        plan.keep_shallow();
        plan
    }

    /// The binding that a node is the name of.
    fn bound(&self, id: NodeId) -> Option<usize> {
        match self.program.node(id).kind {
            Kind::Bound(BindingId(at)) => self.meant.get(at as usize).copied(),
            _ => None,
        }
    }

    /// What a node stands for, where it is the name of a binding that does not stay.
    fn root(&self, id: NodeId) -> NodeId {
        match self.bound(id) {
            Some(at) if !is_set(&self.stays, at) => self.roots.get(at).copied().unwrap_or(id),
            _ => id,
        }
    }

    /// How often each binding is named, other than to give it another name.
    fn uses(&self) -> Vec<usize> {
        let renamings: HashSet<NodeId> = self.program.bindings().iter().map(|binding| binding.node).collect();
        let mut uses = vec![0_usize; self.meant.len()];
        for (id, _) in self.program.nodes().filter(|(id, _)| !renamings.contains(id)) {
            if let Some(count) = self.bound(id).and_then(|at| uses.get_mut(at)) {
                *count = count.saturating_add(1);
            }
        }
        uses
    }

    /// Keeps those that would make a statement too deep. What is inside a binding is decided before it.
    fn keep_shallow(&mut self) {
        let statements = self.program.bindings().iter().map(|binding| binding.node);
        let statements: Vec<NodeId> = statements.chain([self.program.result]).collect();
        let mut depths = Vec::with_capacity(statements.len());
        let mut first = 0_u32;
        for root in statements {
            let depth = self.statement_depth(first, root, &depths);
            depths.push(depth);
            first = root.0.saturating_add(1);
        }
    }

    /// How deep a statement becomes, whose nodes are those from `first` to `root`, with those before in place.
    fn statement_depth(&mut self, first: u32, root: NodeId, depths: &[usize]) -> usize {
        let mut above = vec![0_usize; root.0.saturating_sub(first).saturating_add(1) as usize];
        let mut deepest = 0;
        for id in (first..=root.0).rev().map(NodeId) {
            let kind = &self.program.node(id).kind;
            let own = above.get(id.0.saturating_sub(first) as usize).copied().unwrap_or_default();
            for (child, slot) in kind.slots() {
                let meant = self.bound(child).filter(|at| !is_set(&self.stays, *at));
                let shown = meant.and_then(|at| self.roots.get(at)).copied().unwrap_or(child);
                let bracket = usize::from(slot.brackets(&self.program.node(shown).kind));
                if let Some(under) = above.get_mut(child.0.saturating_sub(first) as usize) {
                    *under = own.saturating_add(1).saturating_add(bracket);
                }
            }
            let put = self.bound(id).filter(|at| !is_set(&self.stays, *at));
            let inside = put.and_then(|at| depths.get(at)).copied().unwrap_or(1);
            let depth = match (own.saturating_add(inside), put) {
                (depth, Some(at)) if depth > self.program.depth_max => {
                    self.stays.get_mut(at).into_iter().for_each(|stays| *stays = true);
                    own.saturating_add(1).min(self.program.depth_max)
                }
                (depth, _) => depth,
            };
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// The bindings that stay, each after those it needs, as the result comes to need them.
    fn order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = vec![false; self.meant.len()];
        let mut steps = vec![Step::Enter(self.program.result)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(at) => order.push(at),
                Step::Enter(id) => match self.bound(id) {
                    Some(at) if is_set(&seen, at) => {}
                    Some(at) => {
                        seen.get_mut(at).into_iter().for_each(|seen| *seen = true);
                        if is_set(&self.stays, at) {
                            steps.push(Step::Leave(at));
                        }
                        steps.extend(self.roots.get(at).copied().map(Step::Enter));
                    }
                    None => {
                        let children = self.program.node(id).kind.children();
                        steps.extend(children.into_iter().rev().map(Step::Enter));
                    }
                },
            }
        }
        order
    }
}

/// What is left to do: with a node, and what is to be done behind it.
enum Step<T> {
    Enter(NodeId),
    Leave(T),
}

/// Writes the canonical program's nodes, what is inside a node before it.
struct Writer<'p> {
    plan: &'p Plan<'p>,
    /// For each binding, its place in the new order.
    places: Vec<Option<BindingId>>,
    names: Vec<String>,
    nodes: Vec<Node>,
    bindings: Vec<Binding>,
}

impl<'p> Writer<'p> {
    fn new(plan: &'p Plan<'p>, order: &[usize]) -> Self {
        let mut places = vec![None; plan.meant.len()];
        for (new, old) in order.iter().enumerate() {
            let place = BindingId(u32::try_from(new).unwrap_or(u32::MAX));
            places.get_mut(*old).into_iter().for_each(|found| *found = Some(place));
        }
        let taken: HashSet<&str> = plan.program.free_names().into_iter().map(|free| free.name).collect();
        let names =
            (1_u64..).map(|number| format!("v{number}")).filter(|name| !taken.contains(name.as_str()));
        let names = names.take(order.len()).collect();
        Self { plan, places, names, nodes: Vec::new(), bindings: Vec::new() }
    }

    fn bind(&mut self, old: usize, new: usize) {
        let (Some(binding), Some(root)) =
            (self.plan.program.bindings().get(old), self.plan.roots.get(old).copied())
        else {
            return;
        };
        let name_span = binding.name_span;
        let node = self.expression(root);
        let name = self.names.get(new).cloned().unwrap_or_default();
        self.bindings.push(Binding { name, name_span, node });
    }

    fn expression(&mut self, root: NodeId) -> NodeId {
        let mut steps = vec![Step::Enter(root)];
        let mut written: Vec<NodeId> = Vec::new();
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(id) => {
                    let id = self.plan.root(id);
                    steps.push(Step::Leave(id));
                    let children = self.plan.program.node(id).kind.children();
                    steps.extend(children.into_iter().rev().map(Step::Enter));
                }
                Step::Leave(id) => {
                    let node = self.plan.program.node(id);
                    let count = node.kind.children().len();
                    let mut inside = written.split_off(written.len().saturating_sub(count)).into_iter();
                    let kind = match self.plan.bound(id) {
                        Some(at) => self.places.get(at).copied().flatten().map_or(Kind::None, Kind::Bound),
                        None => node.kind.map(|_| inside.next().unwrap_or(NodeId(0))),
                    };
                    written.push(NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)));
                    self.nodes.push(Node { kind, span: node.span });
                }
            }
        }
        written.pop().unwrap_or(NodeId(0))
    }
}

fn is_set(flags: &[bool], at: usize) -> bool {
    flags.get(at).copied().unwrap_or_default()
}
