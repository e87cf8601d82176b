//! The key file: the master key as three lines of text, readable by its owner alone.
//!
//! ```text
//! candour vault key, version 1
//! <the 32 bytes of the key, base64url without padding>
//! <the first 8 bytes of SHA-256 over the two lines above, in hexadecimal>
//! ```
//!
//! The checksum tells a damaged or mistyped file from a wrong one.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::file_vault::with_suffix;
use crate::limits::{KEY_BYTES, KEY_FILE_BYTES_MAX};
use crate::master_key::{MasterSecret, random_secret};

const HEADER: &str = "candour vault key, version 1";
const HEADER_ANY_VERSION: &str = "candour vault key, version ";
const CHECKSUM_BYTES: usize = 8;
/// The permission bits that no key file may have.
#[cfg(unix)]
const GROUP_AND_OTHERS: u32 = 0o077;

/// Why the key file cannot be used. Each text says what to do; none quotes the file.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// There is a key database but not the key file that unwraps its keys.
    #[error(
        "the key file {} is missing although the key database exists: put the key file back from its backup \
         (a new one could not open anything sealed so far)", path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file's group or others may read, write or run it.
    #[error(
        "the key file {} has mode {mode:03o}, so others than its owner can get at it: set it to 600 \
         (chmod 600), and consider who may have read the key", path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Written by a later version of this program.
    #[error("the key file {} is of a version this program does not know: use a newer program", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
    },
    /// Not a key file, or altered.
    #[error(
        "the key file {} is damaged or not a key file (format or checksum): put it back from its backup",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or created.
    #[error("the key file {} cannot be {action}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `created`, `kept`, `removed` or `put in place`.
        action: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// Reads the key file; creates it with a new key if `may_create` (at the first start) and it is absent.
pub(crate) fn load_or_create(path: &Path, may_create: bool) -> Result<MasterSecret, KeyFileError> {
    match File::open(path) {
        Ok(file) => load(path, &file),
        Err(error) if error.kind() == io::ErrorKind::NotFound && may_create => create(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(KeyFileError::Missing { path: path.to_owned() })
        }
        Err(source) => Err(KeyFileError::Io { path: path.to_owned(), action: "read", source }),
    }
}

fn load(path: &Path, file: &File) -> Result<MasterSecret, KeyFileError> {
    let unreadable = |source| KeyFileError::Io { path: path.to_owned(), action: "read", source };
    refuse_if_exposed(path, file).map_err(unreadable)??;
    // All the room at once: growing would leave a copy of the key in freed memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * KEY_FILE_BYTES_MAX));
    file.take(KEY_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > KEY_FILE_BYTES_MAX {
        return Err(KeyFileError::Damaged { path: path.to_owned() });
    }
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    parse(text).ok_or_else(|| {
        let path = path.to_owned();
        let first_line = text.lines().next().unwrap_or_default();
        if first_line != HEADER && first_line.starts_with(HEADER_ANY_VERSION) {
            KeyFileError::UnknownVersion { path }
        } else {
            KeyFileError::Damaged { path }
        }
    })
}

#[cfg(unix)]
fn refuse_if_exposed(path: &Path, file: &File) -> io::Result<Result<(), KeyFileError>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok(if mode & GROUP_AND_OTHERS == 0 {
        Ok(())
    } else {
        Err(KeyFileError::Exposed { path: path.to_owned(), mode })
    })
}

#[cfg(not(unix))]
fn refuse_if_exposed(_path: &Path, _file: &File) -> io::Result<Result<(), KeyFileError>> {
    Ok(Ok(()))
}

/// Writes a new key beside the final name, makes it durable, then gives it its name, so that a crash leaves
/// either no key file or a whole one. The caller holds the lock.
pub(crate) fn create(path: &Path) -> Result<MasterSecret, KeyFileError> {
    write_new(path).map_err(|source| KeyFileError::Io { path: path.to_owned(), action: "created", source })
}

fn write_new(path: &Path) -> io::Result<MasterSecret> {
    let secret = random_secret().map_err(|_| io::Error::other("the system gives no randomness"))?;
    let unfinished = with_suffix(path, ".unfinished");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = create_private(&unfinished)?;
    file.write_all(render(&secret).as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    sync_folder_of(path)?;
    Ok(secret)
}

/// Creates a file that did not exist, readable and writable by its owner alone.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the names in the folder of `path` durable.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder_of(path))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The folder a file stands in; `.` for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn render(secret: &MasterSecret) -> Zeroizing<String> {
    // All the room at once, as above.
    let mut text = Zeroizing::new(String::with_capacity(256));
    text.push_str(HEADER);
    text.push('\n');
    URL_SAFE_NO_PAD.encode_string(secret.as_slice(), &mut text);
    text.push('\n');
    let checksum = checksum(&text);
    text.push_str(&checksum);
    text.push('\n');
    text
}

fn parse(text: &str) -> Option<MasterSecret> {
    let text = text.strip_suffix('\n')?;
    let (checked, found) = text.rsplit_once('\n')?;
    let checked_bytes = checked.len() + 1;
    let (header, encoded) = checked.split_once('\n')?;
    if header != HEADER || found != checksum(text.get(..checked_bytes)?) {
        return None;
    }
    // The decoder wants room for its estimate, which is a little more than the key.
    let mut decoded = Zeroizing::new([0; KEY_BYTES + 3]);
    let decoded_bytes = URL_SAFE_NO_PAD.decode_slice(encoded, decoded.as_mut_slice()).ok()?;
    let mut secret = Zeroizing::new([0; KEY_BYTES]);
    secret.copy_from_slice(decoded.get(..decoded_bytes).filter(|key| key.len() == KEY_BYTES)?);
    Some(secret)
}

fn checksum(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    hash.as_ref().iter().take(CHECKSUM_BYTES).fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_reads_back_and_any_altered_byte_is_noticed() {
        let secret = Zeroizing::new([9; KEY_BYTES]);
        let text = render(&secret);
        assert_eq!(parse(&text), Some(secret));
        for position in 0..text.len() {
            let mut altered = text.as_bytes().to_vec();
            altered[position] ^= 1;
            assert_eq!(parse(std::str::from_utf8(&altered).unwrap()), None, "byte {position}");
            assert_eq!(parse(&text[..position]), None, "cut at {position}");
        }
    }
}
