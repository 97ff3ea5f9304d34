//! Traces to a collector, in the OpenTelemetry protocol over HTTP (<https://opentelemetry.io/docs/specs/otlp>). Spans wait in a bounded queue of the
//! library's and leave from a thread of its own; when the queue is full or the collector away, they are dropped, and nobody waits. Knows no span
//! of ours.

use super::{OtlpEndpoint, TelemetryError};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, Tracer},
};
use std::time::Duration;
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

/// What the service is called in traces, unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE: &str = "pair-server";

/// How long what waits may take to leave when the server stops.
const LAST_SPANS: Duration = Duration::from_secs(3);

/// The way to the collector.
#[derive(Debug)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Begins; no connection is made before there is a span.
    pub(super) fn start(endpoint: &OtlpEndpoint) -> Result<Self, TelemetryError> {
        let exporter = SpanExporter::builder().with_http().with_endpoint(format!("{endpoint}/v1/traces")).build();
        let exporter = exporter
            .map_err(|error| TelemetryError::Traces { endpoint: endpoint.clone(), reason: error.to_string() })?;
        let service = std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| SERVICE.to_owned());
        let resource = Resource::builder().with_service_name(service).build();
        Ok(Self {
            provider: SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build(),
        })
    }

    /// Takes spans from the logging.
    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.provider.tracer(SERVICE))
    }

    /// Sends what waits.
    pub(super) fn stop(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST_SPANS) {
            tracing::warn!(%error, "the last spans did not reach the collector of PAIR_OTLP_ENDPOINT");
        }
    }
}
