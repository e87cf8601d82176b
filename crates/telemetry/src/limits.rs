//! The limits of telemetry. Past each of them telemetry is lost and counted, never the service slowed.

use std::time::Duration;

/// Spans that wait to be delivered; one more is dropped and counted.
pub const SPANS_WAITING_MAX: usize = 2_048;
/// Spans in one delivery.
pub const SPANS_PER_DELIVERY_MAX: usize = 512;
/// Links of one span to the traces it follows from; the rest is not linked.
pub const LINKS_MAX: usize = 128;
/// How long the end of the program waits for the last spans and figures to be delivered.
pub const FLUSH_TIME_MAX: Duration = Duration::from_secs(5);

/// Connections to the Prometheus page at the same time; one more waits.
pub const PAGE_CONNECTIONS_MAX: usize = 8;
/// How long one connection to the Prometheus page may last: each is good for one request.
pub const PAGE_TIME_MAX: Duration = Duration::from_secs(10);
