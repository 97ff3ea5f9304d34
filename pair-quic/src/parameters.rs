//! The parameters of a connection: how much may be under way, how long silence lasts, how losses are told. Numbers only.

use quinn::{AckFrequencyConfig, IdleTimeout, TransportConfig, VarInt};
use std::{sync::Arc, time::Duration};

/// A connection on which nothing at all came for this long is dead, for both sides.
pub const DEAD_AFTER: Duration = Duration::from_secs(12);

/// The client asks for a sign of life this often where nothing else is said; with it a change of its address is seen by the server
/// even while nobody types.
pub const KEEP_ALIVE: Duration = Duration::from_secs(4);

/// Bytes of one stream that may be under way, or lie unread. Far below [`UNDER_WAY_MAX`], so that a snapshot that is not read
/// leaves the edits their room.
const STREAM_WINDOW: u32 = 512 << 10;

/// Bytes that one side keeps for the other until they are acknowledged, over all streams. More is not taken from whoever writes.
const UNDER_WAY_MAX: u32 = 2 << 20;

/// Bytes of datagrams that may wait to be sent or read; beyond, the oldest go.
const DATAGRAM_BYTES: usize = 64 << 10;

/// Streams that each side may open towards the other at a time: the snapshot, and presence that is too large for a datagram or is
/// sent a second time.
const SIDE_STREAMS: u32 = 32;

/// The round trip before the first is measured. A handshake whose first packet is lost is tried again after three of these.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(100);

/// How long the other side may keep an acknowledgement back. A lost edit is sent again after a round trip and this; QUIC's own default
/// of 25 ms is made for large transfers.
const ACK_DELAY: Duration = Duration::from_millis(5);

/// What the server's side uses.
pub fn of_server() -> Arc<TransportConfig> {
    let mut config = common();
    config.max_concurrent_bidi_streams(1_u32.into());
    Arc::new(config)
}

/// What the client's side uses.
pub fn of_client() -> Arc<TransportConfig> {
    let mut config = common();
    config.max_concurrent_bidi_streams(0_u32.into()).keep_alive_interval(Some(KEEP_ALIVE));
    Arc::new(config)
}

fn common() -> TransportConfig {
    let mut acknowledgements = AckFrequencyConfig::default();
    acknowledgements.max_ack_delay(Some(ACK_DELAY));
    let mut config = TransportConfig::default();
    config
        .max_concurrent_uni_streams(SIDE_STREAMS.into())
        .stream_receive_window(STREAM_WINDOW.into())
        .receive_window(UNDER_WAY_MAX.into())
        .send_window(UNDER_WAY_MAX.into())
        .datagram_receive_buffer_size(Some(DATAGRAM_BYTES))
        .datagram_send_buffer_size(DATAGRAM_BYTES)
        .initial_rtt(FIRST_ROUND_TRIP)
        .ack_frequency_config(Some(acknowledgements))
        .max_idle_timeout(Some(idle_timeout()));
    config
}

/// [`DEAD_AFTER`] as QUIC counts it, in milliseconds.
fn idle_timeout() -> IdleTimeout {
    let millis = u32::try_from(DEAD_AFTER.as_millis()).unwrap_or(u32::MAX);
    IdleTimeout::from(VarInt::from_u32(millis))
}
