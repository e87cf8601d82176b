//! The tokens file on disk. Read with suspicion; changed by one process at a time, and atomically: whoever reads finds the file of before or of
//! after, and a crash leaves either.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    limits::FILE_BYTES_MAX,
    tokens_file::{Malformed, TokensFile},
};

/// The permission bits with which others than the owner could write the file, and so let themselves in.
#[cfg(unix)]
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// The permission bits that a rewritten file keeps of what it had: the owner's, and reading by its group.
#[cfg(unix)]
const KEPT: u32 = 0o640;
/// The permission bits of a new file.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

/// Why a tokens file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there.
    #[error("the tokens file {} does not exist: `candour token add` makes it", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Others could have written it.
    #[error(
        "the tokens file {} has mode {mode:03o}, so others than its owner can write it and let themselves in: chmod 600 it, and look \
         through it (candour token list)", path.display()
    )]
    Writable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Past the limit.
    #[error("the tokens file {} is larger than {FILE_BYTES_MAX} bytes, the most that is read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It says something that is not known.
    #[error("the tokens file {} cannot be understood: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Malformed,
    },
    /// The system's answer.
    #[error("the tokens file {} cannot be {action}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `locked` or `written`.
        action: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// By what a file is told from what it was: its length and time of change; where the system has them, also its number in the file system and the
/// time at which its content, owner or permissions changed, which nobody can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    bytes: u64,
    modified: SystemTime,
    number: u64,
    changed: (i64, i64),
}

impl Fingerprint {
    /// That of the file at a path. Does not open it.
    pub fn of(path: &Path) -> io::Result<Self> {
        Self::from(&fs::metadata(path)?)
    }

    fn from(metadata: &fs::Metadata) -> io::Result<Self> {
        #[cfg(unix)]
        let (number, changed) = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.ino(), (metadata.ctime(), metadata.ctime_nsec()))
        };
        #[cfg(not(unix))]
        let (number, changed) = (0, (0, 0));
        Ok(Self { bytes: metadata.len(), modified: metadata.modified()?, number, changed })
    }
}

/// Reads the file, with the fingerprint of what was read.
pub fn read(path: &Path) -> Result<(TokensFile, Fingerprint), FileError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => FileError::Missing { path: path.to_owned() },
        _ => FileError::Io { path: path.to_owned(), action: "read", source },
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let fingerprint = Fingerprint::from(&metadata).map_err(failed)?;
    refuse_if_writable(path, &metadata)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(FileError::TooLarge { path: path.to_owned() });
    }
    // What is not UTF-8 becomes characters that no part of the form takes.
    let tokens = TokensFile::parse(&String::from_utf8_lossy(&bytes))
        .map_err(|source| FileError::Malformed { path: path.to_owned(), source })?;
    Ok((tokens, fingerprint))
}

/// Reads the file (an empty one where there is none and `may_create`), lets `change` change it, and puts the result in its place. Another process
/// that changes it is waited for. Where `change` refuses, nothing is written.
pub fn change<T, E: From<FileError>>(
    path: &Path,
    may_create: bool,
    change: impl FnOnce(&mut TokensFile) -> Result<T, E>,
) -> Result<T, E> {
    let failed = |action: &'static str| move |source| FileError::Io { path: path.to_owned(), action, source };
    // A link, as secrets are often mounted, stays one: what it leads to is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    if !may_create && !path.exists() {
        return Err(FileError::Missing { path: path.clone() }.into());
    }
    let lock = private(&lock.into()).map_err(failed("locked"))?;
    lock.lock().map_err(failed("locked"))?;
    let mut tokens = match read(path) {
        Ok((tokens, _)) => tokens,
        Err(FileError::Missing { .. }) if may_create => TokensFile::default(),
        Err(error) => return Err(error.into()),
    };
    let changed = change(&mut tokens)?;
    replace(path, &tokens.render()).map_err(failed("written"))?;
    Ok(changed)
}

/// Opens a file for its owner only, making it where it does not exist.
fn private(path: &PathBuf) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ONLY);
    options.open(path)
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made with mode 600.
    let mut written = tempfile::NamedTempFile::new_in(folder)?;
    written.write_all(text.as_bytes())?;
    keep_owner_and_mode(path, written.as_file())?;
    written.as_file().sync_all()?;
    written.persist(path).map_err(|error| error.error)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Leaves the file to whom it belonged: a server that runs as another user must be able to read what an administrator wrote.
#[cfg(unix)]
fn keep_owner_and_mode(path: &Path, written: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let Ok(before) = fs::metadata(path) else { return Ok(()) };
    let ours = written.metadata()?;
    if (before.uid(), before.gid()) != (ours.uid(), ours.gid()) {
        fchown(written, Some(before.uid()), Some(before.gid()))?;
    }
    let mode = before.permissions().mode() & KEPT | OWNER_ONLY;
    written.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_owner_and_mode(_path: &Path, _written: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn refuse_if_writable(path: &Path, metadata: &fs::Metadata) -> Result<(), FileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & WRITABLE_BY_OTHERS == 0 {
        Ok(())
    } else {
        Err(FileError::Writable { path: path.to_owned(), mode })
    }
}

#[cfg(not(unix))]
fn refuse_if_writable(_path: &Path, _metadata: &fs::Metadata) -> Result<(), FileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use candour_service_kit::{
        CallerId,
        caller::{Performers, Role},
    };
    use jiff::Timestamp;

    use super::*;
    use crate::tokens_file::{ChangeRefused, Wanted};

    #[derive(Debug, thiserror::Error)]
    enum Error {
        #[error(transparent)]
        File(#[from] FileError),
        #[error(transparent)]
        Refused(#[from] ChangeRefused),
    }

    fn now() -> Timestamp {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }

    fn add(path: &Path, caller: &str) -> Result<crate::Token, Error> {
        let wanted = Wanted {
            caller: CallerId::parse(caller).unwrap(),
            roles: vec![Role::Auditor],
            performers: Performers::Nobody,
            expires: "2027-01-01T00:00:00Z".parse().unwrap(),
        };
        change(path, true, |tokens| Ok(tokens.add(wanted, now())?))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_change_makes_the_file_for_its_owner_only_and_holds_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let token = add(&path, "audit").unwrap();
        assert_eq!(mode(&path), 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("caller = \"audit\"") && text.contains(&token.digest().to_string()));
        assert!(!text.contains(&token.expose()[20..60]));
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "the file and its lock: {names:?}");
    }

    #[test]
    fn a_rewritten_file_keeps_what_its_group_may_and_gives_others_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        add(&path, "audit").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        add(&path, "other").unwrap();
        assert_eq!(mode(&path), 0o640);
    }

    #[test]
    fn what_is_refused_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        assert!(matches!(read(&path), Err(FileError::Missing { .. })));
        add(&path, "audit").unwrap();
        let before = fs::read_to_string(&path).unwrap();
        assert!(matches!(add(&path, "audit"), Err(Error::Refused(ChangeRefused::AlreadyKnown(_)))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).unwrap();
        assert!(matches!(add(&path, "other"), Err(Error::File(FileError::Writable { mode: 0o620, .. }))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
        fs::write(&path, "version = 1\n[[token]]\n").unwrap();
        assert!(matches!(add(&path, "other"), Err(Error::File(FileError::Malformed { .. }))));
    }

    #[test]
    fn changes_at_the_same_time_lose_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        std::thread::scope(|scope| {
            for number in 0..16 {
                let path = &path;
                scope.spawn(move || add(path, &format!("caller-{number}")).unwrap());
            }
        });
        assert_eq!(read(&path).unwrap().0.entries().len(), 16);
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("tokens.toml"), folder.path().join("link.toml"));
        add(&path, "audit").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        add(&link, "other").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(read(&path).unwrap().0.entries().len(), 2);
    }

    #[test]
    fn a_file_that_is_too_large_or_not_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        fs::write(&path, vec![b'#'; usize::try_from(FILE_BYTES_MAX).unwrap() + 1]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(read(&path), Err(FileError::TooLarge { .. })));
        fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        assert!(matches!(read(&path), Err(FileError::Malformed { .. })));
    }
}
