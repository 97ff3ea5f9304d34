//! What both ends of an encrypted connection of pair have in common: the parameters of QUIC, frames on its streams, presence beside them,
//! and how a certificate is named. Knows neither rooms nor the screen, and of messages only their bytes; what is on the wire is
//! `protocol::quic`'s and `protocol::framing`'s.

pub mod arrivals;
pub mod fingerprint;
pub mod frames;
pub mod inbound;
pub mod latest;
pub mod parameters;
pub mod progress;
pub mod reset;

pub use arrivals::{Arrival, Arrivals};
pub use fingerprint::Fingerprint;
pub use frames::{FrameError, FrameReceiver, FrameSender};
pub use inbound::{Inbound, Received};
pub use latest::LatestSender;
pub use progress::Progress;
pub use reset::ResetSecret;
