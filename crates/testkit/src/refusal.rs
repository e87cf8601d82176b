//! What is inside an error.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetail, StatusExt as _};

/// An error as its receiver sees it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Its code.
    pub code: Code,
    /// Its message, for people.
    pub message: String,
    /// How many `ErrorInfo` it carries. One, by contract.
    pub infos: usize,
    /// The stable reason; empty without an `ErrorInfo`.
    pub reason: String,
    /// Who gives the reason a meaning; empty without an `ErrorInfo`.
    pub domain: String,
    /// The variables of the message.
    pub metadata: HashMap<String, String>,
    /// The fields at fault with what is wrong with each, in the order given.
    pub fields: Vec<(String, String)>,
    /// Everything that was sent, for a search.
    pub bytes: Vec<u8>,
}

impl Refusal {
    /// Reads an error.
    pub fn of(status: &Status) -> Self {
        let mut refusal = Self {
            code: status.code(),
            message: status.message().to_owned(),
            infos: 0,
            reason: String::new(),
            domain: String::new(),
            metadata: HashMap::new(),
            fields: Vec::new(),
            bytes: [status.message().as_bytes(), status.details()].concat(),
        };
        for detail in status.get_error_details_vec() {
            match detail {
                ErrorDetail::ErrorInfo(info) => {
                    refusal.infos += 1;
                    refusal.reason = info.reason;
                    refusal.domain = info.domain;
                    refusal.metadata = info.metadata;
                }
                ErrorDetail::BadRequest(bad) => {
                    refusal.fields.extend(bad.field_violations.into_iter().map(|v| (v.field, v.description)));
                }
                _ => {}
            }
        }
        refusal
    }

    /// The error of a call that must be refused.
    pub fn expect<A: std::fmt::Debug>(outcome: Result<A, Status>) -> Self {
        match outcome {
            Ok(answer) => panic!("must be refused, but was answered: {answer:?}"),
            Err(status) => Self::of(&status),
        }
    }

    /// The paths of the fields at fault, in the order given.
    pub fn paths(&self) -> Vec<&str> {
        self.fields.iter().map(|(path, _)| path.as_str()).collect()
    }
}
