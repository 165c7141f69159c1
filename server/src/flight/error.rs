//! Problems as gRPC says them: the same code, detail and hint, in a status and in its details.

use pantile_core::Code;
use prost::Message;
use tonic::{Code as GrpcCode, Status};

use crate::error::{Problem, on_wire};

/// `google.rpc.Status`, which travels in `grpc-status-details-bin`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.ErrorInfo`.
#[derive(Clone, PartialEq, Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: std::collections::BTreeMap<String, String>,
}

impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        let wire = on_wire(problem.code);
        let document = problem.document();
        let members = document.as_object().into_iter().flatten();
        // What the status says already is not said twice.
        let more = members
            .filter(|(name, _)| !["type", "title", "status", "code", "detail"].contains(&name.as_str()));
        let text =
            |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let info = ErrorInfo {
            reason: problem.code.as_str().to_owned(),
            domain: "pantile".to_owned(),
            metadata: more.map(|(name, value)| (name.clone(), text(value))).collect(),
        };
        let message = match document.get("hint").and_then(|hint| hint.as_str()) {
            Some(hint) => format!("{}; {hint}", problem.detail),
            None => problem.detail.clone(),
        };
        let details = RpcStatus {
            code: i32::from(wire.grpc),
            message: message.clone(),
            details: vec![Detail {
                type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(),
                value: info.encode_to_vec(),
            }],
        };
        Self::with_details(GrpcCode::from_i32(i32::from(wire.grpc)), message, details.encode_to_vec().into())
    }
}

/// A message that cannot be read.
pub(super) fn malformed(what: &str, error: &prost::DecodeError) -> Problem {
    Problem::invalid(format!("{what} is not what protobuf calls one: {error}"))
}

/// Something that the protocol has and this server has not.
pub(super) fn unimplemented(what: impl Into<String>) -> Problem {
    Problem::new(Code::Unsupported, what)
}

/// What arrow-flight built, or why it did not, which is a defect.
pub(super) fn built<T, E: std::error::Error + 'static>(built: Result<T, E>) -> Result<T, Problem> {
    built.map_err(|error| Problem::of(Code::Internal, &error))
}
