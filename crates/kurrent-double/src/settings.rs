//! How a double is set up.

use crate::security::User;

/// Whether the nodes speak TLS, and with which certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tls {
    /// Everything is in clear.
    Off,
    /// With a certificate for `localhost` and the loopback addresses, of an authority made for this double.
    On,
    /// With a certificate of that authority for a name that the nodes do not have.
    ForAnotherName,
}

/// How much a server takes. The default is that of a server that is not configured otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of one append: data, metadata, and two for each character of an event type.
    pub append_bytes: usize,
    /// The same of one event.
    pub event_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { append_bytes: 1024 * 1024, event_bytes: i32::MAX as usize }
    }
}

/// How a double is set up. The default is one insecure node of version 26.1.0 that takes batch appends and everybody.
#[derive(Clone)]
pub struct Settings {
    /// How many nodes stand before the one log. The first one leads until [`Double::move_leader`].
    pub nodes: usize,
    /// What the nodes call themselves, in the gossip and when they name the leader.
    pub host: String,
    /// The version that the nodes give; `None` if they do not know the question, as before 21.6.
    pub version: Option<String>,
    /// Whether batch appends are served.
    pub batch_append: bool,
    /// Whether the nodes speak TLS.
    pub tls: Tls,
    /// Who may call. Without users everybody may do everything, as with a server that was started as insecure. With
    /// them, access lists hold: `$acl` in the metadata of a stream, `$settings`, the defaults of a server.
    pub users: Vec<User>,
    /// How much is taken.
    pub limits: Limits,
    /// What is added to the position that an append is confirmed with, so that it is not the one that its last event is
    /// read with.
    pub confirmed_position_skew: u64,
    /// H: whether the system delays its acknowledgements, as it does by itself, which costs the client about 40 ms for
    /// most calls. Without it tests are quick (on Linux).
    pub delayed_acknowledgements: bool,
    /// The port of the first node, the others following it; 0 for free ones.
    pub port: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            nodes: 1,
            host: "127.0.0.1".to_owned(),
            version: Some("26.1.0".to_owned()),
            batch_append: true,
            tls: Tls::Off,
            users: vec![],
            limits: Limits::default(),
            confirmed_position_skew: 0,
            delayed_acknowledgements: false,
            port: 0,
        }
    }
}
