//! Labels with few known values, and the metrics that have one series per value: recording finds its series by index, so that it takes no lock and
//! allocates nothing. Knows nothing of what is counted.

use prometheus_client::{
    metrics::{MetricType, TypedMetric, family::Family},
    registry::{Metric, Registry},
};
use std::marker::PhantomData;

/// A label whose values are known when the server is built.
pub trait Label: Copy + 'static {
    /// The label's name.
    const KEY: &'static str;
    /// Every value, in the order of [`Label::index`].
    const ALL: &'static [Self];

    /// The value's place in [`Label::ALL`].
    fn index(self) -> usize;

    /// The value as it is written.
    fn word(self) -> &'static str;
}

/// Declares a label: its type, its name, and its values with their words.
macro_rules! label {
    ($(#[$doc:meta])* $name:ident, $key:literal, { $($(#[$value_doc:meta])* $value:ident => $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$value_doc])* $value,)* }

        impl $crate::metrics::label::Label for $name {
            const KEY: &'static str = $key;
            const ALL: &'static [Self] = &[$(Self::$value),*];

            fn index(self) -> usize {
                self as usize
            }

            fn word(self) -> &'static str {
                match self { $(Self::$value => $word),* }
            }
        }
    };
}
pub(super) use label;

/// One metric for each value of a label.
#[derive(Debug)]
pub struct Each<L, M> {
    metrics: Box<[M]>,
    label: PhantomData<fn(L)>,
}

impl<L: Label, M> Each<L, M>
where
    M: Metric + TypedMetric + Clone + Default,
{
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::<[(&'static str, &'static str); 1], M>::default();
        let series = |label: &L| family.get_or_create(&[(L::KEY, label.word())]).clone();
        let metrics = L::ALL.iter().map(series).collect();
        registry.register(name, help, family);
        Self { metrics, label: PhantomData }
    }
}

impl<L: Label, M> Each<L, M> {
    /// The metric of a value.
    pub fn of(&self, label: L) -> &M {
        &self.metrics[label.index()]
    }
}

/// One metric for each pair of values of two labels.
#[derive(Debug)]
pub struct Grid<A, B, M> {
    metrics: Box<[M]>,
    labels: PhantomData<fn(A, B)>,
}

impl<A: Label, B: Label, M> Grid<A, B, M>
where
    M: Metric + TypedMetric + Clone + Default,
{
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::<[(&'static str, &'static str); 2], M>::default();
        let series = |a: &A, b: &B| family.get_or_create(&[(A::KEY, a.word()), (B::KEY, b.word())]).clone();
        let metrics =
            A::ALL.iter().flat_map(|a| B::ALL.iter().map(move |b| (a, b))).map(|(a, b)| series(a, b)).collect();
        registry.register(name, help, family);
        Self { metrics, labels: PhantomData }
    }
}

impl<A: Label, B: Label, M> Grid<A, B, M> {
    /// The metric of a pair of values.
    pub fn of(&self, a: A, b: B) -> &M {
        &self.metrics[a.index() * B::ALL.len() + b.index()]
    }
}

/// Registers a metric without labels, and gives its handle.
pub(super) fn single<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

/// What [`TypedMetric`] says of a histogram.
pub(super) const HISTOGRAM: MetricType = MetricType::Histogram;
