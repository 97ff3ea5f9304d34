//! A histogram of durations that is only atomics: that of the library takes a lock for each observation. Knows nothing of what is timed.

use super::label::HISTOGRAM;
use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet},
    metrics::{MetricType, TypedMetric},
};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Upper bounds of the buckets, in microseconds. A keystroke is felt from some 20,000 on; storage that fails takes seconds.
const BOUNDS_US: [u64; 17] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// How often something took how long.
#[derive(Debug, Clone, Default)]
pub struct Histogram(Arc<Observed>);

#[derive(Debug, Default)]
struct Observed {
    /// How many fell into each bucket; the last one has no bound.
    buckets: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    /// Notes one duration: two additions to atomics.
    pub fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.partition_point(|bound| *bound < micros);
        self.0.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.0.sum_us.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many durations were noted.
    pub fn count(&self) -> u64 {
        self.0.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).sum()
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = HISTOGRAM;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), fmt::Error> {
        let bounds = BOUNDS_US.iter().map(|bound| seconds(*bound)).chain([f64::INFINITY]);
        let counts = self.0.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let buckets: Vec<_> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = seconds(self.0.sum_us.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[allow(clippy::cast_precision_loss, reason = "microseconds that fit into a float are 285 years")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::{encoding::text::encode, registry::Registry};

    #[test]
    fn durations_fall_into_the_bucket_whose_bound_they_do_not_pass() {
        let (histogram, mut registry) = (Histogram::default(), Registry::default());
        registry.register("took_seconds", "how long it took", histogram.clone());
        for micros in [0, 50, 51, 1_000, 20_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "took_seconds_bucket{le=\"0.00005\"} 2",
            "took_seconds_bucket{le=\"0.0001\"} 3",
            "took_seconds_bucket{le=\"0.001\"} 4",
            "took_seconds_bucket{le=\"10.0\"} 4",
            "took_seconds_bucket{le=\"+Inf\"} 5",
            "took_seconds_count 5",
            "took_seconds_sum 20.001101",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert_eq!(histogram.count(), 5);
    }
}
