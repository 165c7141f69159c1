//! SQL over what Pantile holds: all of DataFusion is in here, and nothing of it anywhere else.
//!
//! One statement goes through five rooms. [`admit`](self) looks at its tokens and its tree before DataFusion
//! sees them, and at the plan after: whatever is not known to be harmless is refused. The catalog of one
//! snapshot gives the tables ([`provider`](self)), views and `system` tables. Planning runs on threads with
//! large stacks, execution on a runtime of its own, of the pool's width. What comes out is an [`Answer`]: a
//! schema and a stream, or the commit that was made.
//!
//! Absent on purpose: file paths, URLs and DataFusion's own settings; a statement names datasets and
//! configured locations, and nothing else. Start at [`Engine::ask`].

mod admit;
mod answer;
mod context;
mod deferred;
mod engine;
mod error;
mod functions;
mod limits;
mod memory;
mod names;
mod operators;
mod params;
mod programs;
mod provider;
mod rules;
mod runtime;
mod session;
mod statements;
mod stores;
mod system;
mod words;

pub use answer::{Answer, Outcome, RunsOn};
pub use deferred::{Deferred, Run};
pub use engine::{Ask, Description, Engine, Location, NewView, Parts, Planned, Sent, SystemSource};
pub use error::{Error, Limit, Position};
pub use limits::SqlLimits;
pub use params::{ParamValue, Params, takes_rows};
pub use programs::EngineChoice;
pub use session::{SessionState, Setting, Using};
pub use words::{Functions, keywords, system_tables};
