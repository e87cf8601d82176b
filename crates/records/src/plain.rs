//! A sealer and opener that seal nothing, for tests. Only there with the feature `testing`.

use crate::sealing::{Opened, Opener, SealFailed, Sealer, Subject};

const PREFIX: &str = "plain";

/// "Seals" a field as `plain:<subject's uuid>:<field>:<plaintext>`, so that a test sees to whom and where it is bound,
/// and opens it in that field only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Sealer for Plain {
    fn seal(&mut self, subject: Subject, field: &str, plaintext: &str) -> Result<String, SealFailed> {
        Ok(format!("{PREFIX}:{}:{field}:{plaintext}", subject.uuid()))
    }
}

impl Opener for Plain {
    fn open(&self, field: &str, sealed: &str) -> Opened {
        let mut parts = sealed.splitn(4, ':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(PREFIX), Some(_), Some(bound_to), Some(plaintext)) if bound_to == field => {
                Opened::Known(plaintext.to_owned())
            }
            _ => Opened::Unreadable,
        }
    }
}
