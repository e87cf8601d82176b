//! Every limit of the journal, with its reason. Past a limit the answer is an error that names it.

/// Most events in one append. A command of ours yields a handful; an import appends one incident at a time.
pub const EVENTS_PER_APPEND_MAX: usize = 128;

/// Most bytes of data in one event: 64 KiB. Larger records slow every scan of the log.
pub const EVENT_DATA_BYTES_MAX: usize = 64 * 1024;

/// Most bytes of metadata in one event: 16 KiB.
pub const EVENT_METADATA_BYTES_MAX: usize = 16 * 1024;

/// Most bytes of data and metadata in one append together: 1 MiB less 64 KiB for the engine's own framing, so that an
/// append also fits the 1 MiB that a KurrentDB node accepts by default.
pub const APPEND_BYTES_MAX: usize = 1024 * 1024 - 64 * 1024;

/// Most events in one page, of a stream or of the whole log.
pub const PAGE_EVENTS_MAX: usize = 1000;

/// Bytes of data and metadata at which a page ends early: 4 MiB. The event that crosses the line is still in the page.
pub const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most bytes in the namespace of a stream name.
pub const NAMESPACE_BYTES_MAX: usize = 32;

/// Most bytes in the category of a stream name.
pub const CATEGORY_BYTES_MAX: usize = 32;

/// Most bytes in a stream name: namespace, full stop, category, dash, 32 hexadecimal digits.
pub const STREAM_NAME_BYTES_MAX: usize = NAMESPACE_BYTES_MAX + 1 + CATEGORY_BYTES_MAX + 1 + 32;

/// Most bytes in the name of an event type.
pub const EVENT_TYPE_NAME_BYTES_MAX: usize = 100;

/// Most appends that wait for the writer of an embedded engine. One more is refused at once, so that a slow disk shows
/// as refusals and not as memory.
pub const WRITE_QUEUE_DEPTH_MAX: usize = 1024;

/// Most appends that share one commit in an embedded engine.
pub const WRITE_BATCH_APPENDS_MAX: usize = 256;

/// Bytes of data and metadata at which an embedded engine closes a batch: 4 MiB.
pub const WRITE_BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes in the value of a [`Fact`](crate::Fact).
pub const FACT_VALUE_BYTES_MAX: usize = 256;
