//! Who is known to the server: bearer tokens, the file that lists them, and the server's view of that file while it runs.
//!
//! - [`token`]: the secret a caller carries, and the digest that is all that is kept of it.
//! - [`tokens_file`]: what the file says: whose each token is, what for, from when and until when.
//! - [`on_disk`]: the file is read with suspicion, and changed atomically by one at a time.
//! - [`known`]: which caller a token is of, at an instant.
//! - [`followed`]: what the server holds of the file as it changes, and what it does where the file cannot be read.
//! - [`failures`]: who fails too often.
//!
//! Nothing here knows gRPC: whoever serves takes the token out of a request and puts the caller in.

pub mod failures;
pub mod followed;
pub mod known;
pub mod limits;
pub mod on_disk;
pub mod token;
pub mod tokens_file;

pub use followed::{Condition, Refusal, Tokens};
pub use token::{NotAToken, Token, TokenId};
pub use tokens_file::{Entry, TokensFile};
