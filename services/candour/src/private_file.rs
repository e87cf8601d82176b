//! Files that hold a secret: refused where others than they are meant for could have read it.

use std::path::Path;

use anyhow::Context as _;

/// The permission bits that a secret may not have. Its group may read it: that is how secrets are handed to a service that runs as another user.
#[cfg(unix)]
const FORBIDDEN: u32 = 0o037;

/// Refuses a file that others can get at. `what_then` says what to do about the secret in it.
#[cfg(unix)]
pub(crate) fn refuse_if_exposed(path: &Path, what_then: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mode = found.permissions().mode() & 0o777;
    anyhow::ensure!(
        mode & FORBIDDEN == 0,
        "{} has mode {mode:03o}, so others can get at it: chmod 600 it (or 640, for its group to read), and {what_then}",
        path.display()
    );
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn refuse_if_exposed(_path: &Path, _what_then: &str) -> anyhow::Result<()> {
    Ok(())
}
