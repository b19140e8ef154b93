//! Routes with their callers. A router is made here and nowhere else, so that no route is without a gate or missing from the list.

use crate::http::Service;
use crate::peer::{self, Known};
use crate::problem::ApiError;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use serde::Serialize;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerType {
    /// Anybody at all, without a certificate.
    Anyone,
    /// A station whose certificate is known, in date and not revoked.
    Station,
    /// A station that may deliver what it holds, although it is revoked: a person judges what it brings.
    Carrier,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Its method.
    pub method: &'static str,
    /// Its path, with names in braces.
    pub path: String,
    /// Who may call it.
    pub caller: CallerType,
}

/// Routes on their way to a router.
pub(crate) struct Api {
    service: Service,
    router: Router<Service>,
    routes: Vec<Route>,
}

/// Says that a gate was passed, and as whom; none for a route that is anybody's.
#[derive(Debug, Clone)]
pub(crate) struct Passed(pub Known);

impl Api {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            service,
            router: Router::new(),
            routes: Vec::new(),
        }
    }

    /// One more route: what it answers to, and to whom.
    pub(crate) fn on<H, T>(mut self, caller: CallerType, route: (&str, Method), handler: H) -> Self
    where
        H: axum::handler::Handler<T, Service>,
        T: 'static,
    {
        let (path, method) = route;
        let Ok(filter) = MethodFilter::try_from(method.clone()) else {
            return self;
        };
        let routed = on(filter, handler);
        self.routes.push(Route {
            method: name(&method),
            path: path.to_owned(),
            caller,
        });
        let gated = self.gated(caller, routed);
        self.router = self.router.route(path, gated);
        self
    }

    fn gated(&self, caller: CallerType, routed: MethodRouter<Service>) -> MethodRouter<Service> {
        let service = self.service.clone();
        match caller {
            CallerType::Anyone => routed,
            CallerType::Station => routed.layer(from_fn_with_state(service, stations)),
            CallerType::Carrier => routed.layer(from_fn_with_state(service, carriers)),
        }
    }

    /// A layer around all routes so far.
    pub(crate) fn around(mut self, layer: impl FnOnce(Router<Service>) -> Router<Service>) -> Self {
        self.router = layer(self.router);
        self
    }

    pub(crate) fn and(mut self, more: Self) -> Self {
        self.router = self.router.merge(more.router);
        self.routes.extend(more.routes);
        self
    }

    /// The list of all routes, and the router.
    pub(crate) fn done(self) -> (Vec<Route>, Router) {
        (self.routes, self.router.with_state(self.service))
    }
}

fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::HEAD => "HEAD",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "PUT",
    }
}

async fn stations(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let shown = peer::fingerprint(&request);
    match peer::identify(&service.store, shown).await {
        Ok(known) if known.revoked => peer::revoked().into_response(),
        Ok(known) => {
            request.extensions_mut().insert(Passed(known));
            next.run(request).await
        }
        Err(refused) => refused.into_response(),
    }
}

async fn carriers(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let shown = peer::fingerprint(&request);
    match peer::identify(&service.store, shown).await {
        Ok(known) => {
            request.extensions_mut().insert(Passed(known));
            next.run(request).await
        }
        Err(refused) => refused.into_response(),
    }
}

/// A handler that asks for a caller on a route that has no gate.
pub(crate) fn no_gate() -> ApiError {
    tracing::error!("a route asks for a caller and names none");
    ApiError::new(
        403,
        "caller",
        "Nobody may call this.",
        "Nothing was changed.",
    )
}
