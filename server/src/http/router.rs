//! From [`ROUTES`] to a router: paths, unknown paths, wrong methods, and the guards around all of them.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::MethodRouter;
use http::header;
use pantile_core::{Code, nearest};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::Operation;

use super::{ROUTES, guard};
use crate::app::App;
use crate::error::Problem;

/// A resource.
pub struct Route {
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// What handles it.
    pub methods: fn() -> MethodRouter<App>,
    /// What `/openapi.json` says of it.
    pub operations: &'static [fn() -> Documented],
}

/// What `/openapi.json` says of one operation.
pub type Documented = (Vec<HttpMethod>, Operation);

/// The documentation that `#[utoipa::path]` made beside a handler.
pub(super) fn documented<P: utoipa::Path>() -> Documented {
    (P::methods(), P::operation())
}

/// Everything that HTTP/1.1 and HTTP/2 answer, and `grpc` at its path: the guards are for both doors.
pub fn router(app: App, grpc_path: &str, grpc: MethodRouter<App>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        router = router.route(route.path, (route.methods)().fallback(wrong_method));
    }
    router
        .route(grpc_path, grpc)
        .fallback(unknown_path)
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(from_fn_with_state(app.clone(), guard::host))
        .layer(from_fn(guard::origin))
        .layer(from_fn(guard::unread))
        .layer(from_fn(guard::logged))
        .with_state(app)
}

async fn unknown_path(request: Request) -> Problem {
    let path = request.uri().path();
    let problem = Problem::new(Code::NotFound, format!("there is no `{}` here", shown(path)));
    match nearest_route(path) {
        Some(route) => problem.hint(format!("did you mean `{route}`?")),
        None => problem.hint("`/openapi.json` lists what there is"),
    }
}

async fn wrong_method(request: Request) -> Problem {
    let (path, method) = (request.uri().path(), request.method());
    let methods = methods_of(path);
    let detail = format!("`{}` cannot be asked with {method}", shown(path));
    Problem::new(Code::MethodNotAllowed, detail)
        .hint(format!("it can be asked with {methods}"))
        .allow(methods)
}

/// The methods that some path's route has, as `Allow` lists them.
fn methods_of(path: &str) -> String {
    let Some(route) = ROUTES.iter().find(|route| fits(route.path, path)) else { return String::new() };
    let mut methods: Vec<&str> = Vec::new();
    for method in route.operations.iter().flat_map(|operation| operation().0) {
        match method {
            HttpMethod::Get => methods.extend(["GET", "HEAD"]),
            HttpMethod::Post => methods.push("POST"),
            HttpMethod::Put => methods.push("PUT"),
            HttpMethod::Delete => methods.push("DELETE"),
            HttpMethod::Head | HttpMethod::Options | HttpMethod::Patch | HttpMethod::Trace => {}
        }
    }
    methods.sort_unstable();
    methods.join(", ")
}

fn fits(route: &str, path: &str) -> bool {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len()
        && route.iter().zip(&path).all(|(route, path)| route.starts_with('{') || route == path)
}

/// The route that `path` was probably meant to be, its parameters filled in from there.
fn nearest_route(path: &str) -> Option<String> {
    let asked: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let candidates: Vec<String> = ROUTES
        .iter()
        .map(|route| {
            let filled = route.path.split('/').enumerate().map(|(place, part)| {
                let given = asked.get(place).copied().filter(|given| !given.is_empty());
                if part.starts_with('{') { given.unwrap_or(part) } else { part }
            });
            filled.collect::<Vec<_>>().join("/")
        })
        .collect();
    nearest(path, candidates.iter().map(String::as_str)).map(str::to_owned)
}

/// A path as it may stand in a message.
fn shown(path: &str) -> String {
    path.chars().take(200).collect()
}

/// Says that `response` may not be kept by anybody.
pub(super) fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_sorted_and_documented() {
        let paths: Vec<_> = ROUTES.iter().map(|route| route.path).collect();
        assert!(paths.is_sorted(), "{paths:?}");
        assert!(ROUTES.iter().all(|route| !route.operations.is_empty()));
    }

    #[test]
    fn a_slip_in_a_path_is_understood() {
        assert_eq!(nearest_route("/v1/table/flights").as_deref(), Some("/v1/tables/flights"));
        assert_eq!(nearest_route("/v1/sqll").as_deref(), Some("/v1/sql"));
        assert_eq!(methods_of("/v1/tables/x"), "DELETE, GET, HEAD, PUT");
    }
}
