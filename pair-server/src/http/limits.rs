//! What one address may do: requests per minute, connections at a time, and how long a request may take. Knows addresses and numbers only.

use super::{Crowded, Peer, error::ApiError};
use axum::{
    extract::{Extension, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};
use http::StatusCode;
use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// Requests after which addresses that have been quiet are forgotten.
const FORGET_EVERY: u32 = 4_096;

/// How long a request may take, its body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long somebody with too many connections should wait.
const RETRY: Duration = Duration::from_secs(5);

/// Counts each address's requests.
pub(super) struct RequestLimiter {
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>,
    per_minute: NonZeroU32,
    requests: AtomicU32,
}

impl RequestLimiter {
    /// Allows so many requests per minute and address; as many may come at once.
    pub(super) fn new(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::dashmap(Quota::per_minute(per_minute));
        Self { limiter, per_minute, requests: AtomicU32::new(0) }
    }

    fn check(&self, address: IpAddr) -> Result<(), ApiError> {
        if self.requests.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&address).map_err(|early| ApiError::TooMany {
            what: "requests",
            from: address.to_string(),
            limit: format!("{} per minute", self.per_minute),
            retry: early.wait_time_from(DefaultClock::default().now()),
        })
    }
}

/// Refuses requests of an address that makes too many.
pub(super) async fn limit_requests(
    State(limiter): State<Arc<RequestLimiter>>,
    Extension(Peer(peer)): Extension<Peer>,
    crowded: Option<Extension<Crowded>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(Extension(Crowded { limit })) = crowded {
        return too_many_connections(peer.ip(), limit).into_response();
    }
    match limiter.check(peer.ip()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Ends a request that does not get on: a body that never comes must not hold its connection's place. `patience` is how
/// long the server itself may wait for models.
pub(super) async fn limit_time(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(REQUEST_TIMEOUT + patience, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        let sentence = format!("the request was not complete within {} s", (REQUEST_TIMEOUT + patience).as_secs());
        ApiError::Sentence(StatusCode::REQUEST_TIMEOUT, sentence).into_response()
    })
}

fn too_many_connections(address: IpAddr, limit: usize) -> ApiError {
    ApiError::TooMany {
        what: "connections",
        from: address.to_string(),
        limit: format!("{limit} at a time"),
        retry: RETRY,
    }
}

/// Counts each address's standing connections.
#[derive(Debug)]
pub(crate) struct AddressLimiter {
    counts: Mutex<HashMap<IpAddr, usize>>,
    limit: usize,
}

/// One standing connection; it counts until this is dropped.
#[derive(Debug)]
pub(crate) struct CountedConnection {
    limiter: Arc<AddressLimiter>,
    address: IpAddr,
}

impl AddressLimiter {
    /// Allows so many connections per address.
    pub(crate) fn new(limit: usize) -> Self {
        Self { counts: Mutex::default(), limit }
    }

    /// How many connections it allows per address.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Counts one connection more, or refuses it with a sentence.
    pub(super) fn count_or_refuse(self: &Arc<Self>, address: IpAddr) -> Result<CountedConnection, ApiError> {
        self.count(address).ok_or_else(|| too_many_connections(address, self.limit))
    }

    /// Counts one connection more; none where the address has as many as it may.
    pub(crate) fn count(self: &Arc<Self>, address: IpAddr) -> Option<CountedConnection> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(CountedConnection { limiter: Arc::clone(self), address })
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        let mut counts = self.limiter.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_only_so_many_connections() {
        let limiter = Arc::new(AddressLimiter::new(2));
        let (one, other) = ("127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap());
        let first = limiter.count(one).unwrap();
        let _second = limiter.count(one).unwrap();
        let refused = limiter.count_or_refuse(one).unwrap_err().to_string();
        assert_eq!(refused, "too many connections from 127.0.0.1; the limit is 2 at a time; try again in 5 s");
        assert!(limiter.count(other).is_some(), "another address is not concerned");
        drop(first);
        assert!(limiter.count(one).is_some());
        assert_eq!(limiter.counts.lock().unwrap().len(), 1, "addresses without connections are forgotten");
    }
}
