//! W3C trace context of a request: stored with the events it causes, even when not sampled.

use tonic::metadata::MetadataMap;

/// The trace context a caller sent. What is malformed counts as not sent, as the specification demands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// The `traceparent` header.
    pub traceparent: Option<String>,
    /// The `tracestate` header; kept only beside a good `traceparent`.
    pub tracestate: Option<String>,
}

/// The greatest length of a `tracestate` that is kept.
pub const TRACESTATE_BYTES_MAX: usize = 512;

impl TraceContext {
    /// Reads the headers of a request.
    pub fn of(metadata: &MetadataMap) -> Self {
        let header = |name| metadata.get(name).and_then(|value| value.to_str().ok());
        let Some(traceparent) = header("traceparent").filter(|text| is_traceparent(text)) else {
            return Self::default();
        };
        Self {
            traceparent: Some(traceparent.to_owned()),
            tracestate: header("tracestate")
                .filter(|text| !text.is_empty() && text.len() <= TRACESTATE_BYTES_MAX)
                .map(ToOwned::to_owned),
        }
    }
}

/// Version 00: `00-<32 hex>-<16 hex>-<2 hex>`, lower case, ids not all zero.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, parent, flags] = parts.as_slice() else { return false };
    let is_hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    *version == "00"
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2)
        && !is_zero(trace)
        && !is_zero(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_trace_context_is_kept() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        let of = |parent: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("traceparent", parent.parse().unwrap());
            metadata.insert("tracestate", "vendor=1".parse().unwrap());
            TraceContext::of(&metadata)
        };
        assert_eq!(
            of(good),
            TraceContext { traceparent: Some(good.to_owned()), tracestate: Some("vendor=1".to_owned()) }
        );
        for bad in [
            "",
            "00-x",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-00",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-00",
        ] {
            assert_eq!(of(bad), TraceContext::default(), "{bad}");
        }
    }
}
