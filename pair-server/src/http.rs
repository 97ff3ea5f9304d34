//! The standard endpoints over HTTP: one router per resource, joined here with what holds for every reply (CORS, limits, request
//! ids, error shapes). Knows rooms by their registry; nothing of storage or of how connections are accepted.

use crate::{
    config::Config, metrics::Metrics, readiness::Readiness, room::registry::Registry, suggest::SuggestionProvider,
};
use axum::Router;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer},
    normalize_path::{NormalizePath, NormalizePathLayer},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};

mod autocomplete;
mod body;
mod error;
mod health;
pub(crate) mod limits;
mod metrics;
mod openapi;
mod pages;
mod rooms;
mod socket;

use error::ApiError;
use limits::{AddressLimiter, RequestLimiter};

/// How long a browser may remember the answer to a preflight request.
const PREFLIGHT_AGE: Duration = Duration::from_mins(10);

/// The header that carries a request's id, taken from the caller or made here.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Whoever sent a request; the accept loop adds it to each one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// On a request whose connection is one too many of its address: the accept loop adds it, and the only answer is that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowded {
    /// Connections of one address.
    pub(crate) limit: usize,
}

/// What the endpoints share.
#[derive(Clone)]
pub(crate) struct ApiState {
    pub(crate) registry: Arc<Registry>,
    pub(crate) provider: Arc<dyn SuggestionProvider>,
    /// Owns the sessions of upgraded connections.
    pub(crate) tracker: TaskTracker,
    pub(crate) shutdown: CancellationToken,
    pub(crate) create_on_join: bool,
    /// Whether a text that is in no room may be sent to models.
    pub(crate) models: bool,
    pub(crate) connections: Arc<AddressLimiter>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) readiness: Arc<Readiness>,
    /// Whether metrics are on a port of their own, and not on that of everybody.
    pub(crate) has_operators_port: bool,
}

impl ApiState {
    pub(crate) fn new(config: &Config, services: ApiServices) -> Self {
        let ApiServices { registry, provider, tracker, shutdown, connections, metrics, readiness } = services;
        Self {
            registry,
            provider,
            tracker,
            shutdown,
            create_on_join: config.create_on_join,
            models: config.suggest.models_by_default,
            connections,
            metrics,
            readiness,
            has_operators_port: config.metrics_listen.is_some(),
        }
    }
}

/// The service that answers every request. A slash at a path's end makes no difference.
pub(crate) fn service(config: &Config, state: ApiState) -> NormalizePath<Router> {
    // All models may be tried, one after the other.
    let patience = config.suggest.time_outs.total * u32::try_from(config.suggest.models.len()).unwrap_or(u32::MAX);
    let requests = Arc::new(RequestLimiter::new(config.requests_per_minute));
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span_of))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(cors(config.frontend_origins.as_slice()))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&state.metrics), metrics::count))
        .layer(CatchPanicLayer::custom(error::of_panic))
        .layer(axum::middleware::from_fn_with_state(requests, limits::limit_requests))
        .layer(axum::middleware::from_fn_with_state(patience, limits::limit_time));
    let router = Router::new()
        .merge(health::router())
        .merge(metrics::router())
        .merge(rooms::router(state.registry.limits()))
        .merge(autocomplete::router(state.registry.limits()))
        .merge(socket::router())
        .merge(openapi::router())
        .merge(pages::router())
        .fallback(async || ApiError::Plain(StatusCode::NOT_FOUND, "Not Found"))
        .method_not_allowed_fallback(async || ApiError::Plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"))
        .layer(layers)
        .with_state(state);
    tower::Layer::layer(&NormalizePathLayer::trim_trailing_slash(), router)
}

/// The service of the operator's own port: metrics, for whoever reaches it, and whether all is well.
pub(crate) fn operators_service(state: ApiState) -> NormalizePath<Router> {
    let router = Router::new()
        .merge(health::router())
        .merge(metrics::operators_router())
        .fallback(async || ApiError::Plain(StatusCode::NOT_FOUND, "Not Found"))
        .layer(CatchPanicLayer::custom(error::of_panic))
        .with_state(state);
    tower::Layer::layer(&NormalizePathLayer::trim_trailing_slash(), router)
}

/// What the endpoints need from the server around them.
pub(crate) struct ApiServices {
    pub(crate) registry: Arc<Registry>,
    pub(crate) provider: Arc<dyn SuggestionProvider>,
    pub(crate) tracker: TaskTracker,
    pub(crate) shutdown: CancellationToken,
    /// Counts each address's connections to rooms, over all transports.
    pub(crate) connections: Arc<AddressLimiter>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) readiness: Arc<Readiness>,
}

fn span_of<B>(request: &Request<B>) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = %request.uri().path(), id)
}

/// CORS for the given origins, or for any. A single origin is named in every reply, whoever asks.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let layer = CorsLayer::new().max_age(PREFLIGHT_AGE).expose_headers([REQUEST_ID]);
    let named = |layer: CorsLayer| {
        // Credentials exclude wildcards; whatever a known origin asks for is allowed.
        layer
            .allow_credentials(true)
            .allow_methods(AllowMethods::mirror_request())
            .allow_headers(AllowHeaders::mirror_request())
    };
    match origins {
        [] => {
            layer.allow_origin(AllowOrigin::any()).allow_methods(AllowMethods::any()).allow_headers(AllowHeaders::any())
        }
        [only] => named(layer).allow_origin(AllowOrigin::exact(only.clone())),
        several => named(layer).allow_origin(AllowOrigin::list(several.to_vec())),
    }
}
