//! Files that are read whole, and therefore only up to a limit: what was named by mistake may be of any size, or never end.

use std::{fs::File, io::Read as _, path::Path};

use anyhow::Context as _;

/// The greatest configuration file, in bytes.
pub(crate) const CONFIGURATION_BYTES_MAX: usize = 256 * 1024;
/// The greatest file with certificates, a key or a token, in bytes. The authorities that a system trusts are some 200 KiB.
pub(crate) const CREDENTIALS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The bytes of a file that has at most `limit`.
pub(crate) fn read(path: &Path, limit: usize) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    let mut bytes = Vec::new();
    let more_than_allowed = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)
        .and_then(|file| file.take(more_than_allowed).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {shown}"))?;
    anyhow::ensure!(bytes.len() <= limit, "{shown} is larger than {limit} bytes, the most that is read");
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_one_that_never_ends_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        let error = read(&path, 4).unwrap_err().to_string();
        assert!(error.ends_with("is larger than 4 bytes, the most that is read"), "{error}");
        #[cfg(unix)]
        assert!(read(Path::new("/dev/zero"), 1_000).unwrap_err().to_string().contains("1000 bytes"));
        assert!(read(&folder.path().join("none"), 5).unwrap_err().to_string().starts_with("cannot read "));
    }
}
