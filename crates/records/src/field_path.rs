//! Where in an event a value stands, such as `affected_persons[0].name`.

use std::fmt::Write as _;

/// The path of the field being read or written. A sealed value is bound to its path, so paths never change.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldPath(String);

/// How long the path was before it was entered; give it back to leave.
#[must_use]
pub(crate) struct Entered(usize);

impl FieldPath {
    /// Steps into a named field.
    pub(crate) fn enter(&mut self, name: &str) -> Entered {
        let entered = Entered(self.0.len());
        if !self.0.is_empty() {
            self.0.push('.');
        }
        self.0.push_str(name);
        entered
    }

    /// Steps into an element of a list.
    pub(crate) fn enter_index(&mut self, index: usize) -> Entered {
        let entered = Entered(self.0.len());
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "[{index}]");
        entered
    }

    /// Steps into every element of a list at once: `affected_persons[]`.
    pub(crate) fn enter_each(&mut self) -> Entered {
        let entered = Entered(self.0.len());
        self.0.push_str("[]");
        entered
    }

    /// Steps out again.
    #[expect(clippy::needless_pass_by_value, reason = "each step is left once")]
    pub(crate) fn leave(&mut self, entered: Entered) {
        self.0.truncate(entered.0);
    }

    /// The path as text; empty at the top.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
