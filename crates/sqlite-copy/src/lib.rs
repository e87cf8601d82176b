//! A consistent copy of a SQLite database that another process is writing to: [`copy_database`].
//!
//! The copy is of one moment: that at which it began. The writer goes on meanwhile and is not waited for; its write-ahead log only cannot shrink
//! until the copy is done.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

/// Pages copied between two reports.
const PAGES_PER_STEP: i32 = 1024;

/// Why a database was not copied. No file is left behind at the target.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something stands at the target already; it was not touched.
    #[error("{} exists already: nothing is overwritten", .0.display())]
    TargetExists(PathBuf),
    /// A file could not be made, synced or removed.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// SQLite failed on one of the two databases.
    #[error("{} cannot be copied: {source}", path.display())]
    Sqlite {
        /// The database that is copied.
        path: PathBuf,
        /// What failed.
        #[source]
        source: rusqlite::Error,
    },
    /// The source did not let itself be read.
    #[error("{} is locked by another program: try again", .0.display())]
    Locked(PathBuf),
}

/// Copies the database at `source` into a new file at `target`, readable by its owner only and durable when this returns. `report` is told, from
/// time to time, how many pages are copied and how many there are.
///
/// # Errors
/// See [`CopyError`]; nothing is left at the target after one.
pub fn copy_database(source: &Path, target: &Path, report: impl FnMut(u64, u64)) -> Result<(), CopyError> {
    create_private(target)?;
    let copied = copy_into(source, target, report);
    if copied.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(target);
    }
    copied
}

fn copy_into(source: &Path, target: &Path, mut report: impl FnMut(u64, u64)) -> Result<(), CopyError> {
    let failed = |error| CopyError::Sqlite { path: source.to_owned(), source: error };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(source, flags).map_err(failed)?;
    let mut into = Connection::open(target).map_err(failed)?;
    // One snapshot for all the steps: without it, every write in between would begin the copy anew.
    from.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    {
        let backup = Backup::new(&from, &mut into).map_err(failed)?;
        loop {
            match backup.step(PAGES_PER_STEP).map_err(failed)? {
                StepResult::Done => break,
                StepResult::More => {
                    let progress = backup.progress();
                    let pages = u64::try_from(progress.pagecount).unwrap_or_default();
                    let left = u64::try_from(progress.remaining).unwrap_or_default();
                    report(pages.saturating_sub(left), pages);
                }
                _ => return Err(CopyError::Locked(source.to_owned())),
            }
        }
    }
    from.execute_batch("COMMIT").map_err(failed)?;
    into.close().map_err(|(_, error)| failed(error))?;
    sync(target)?;
    sync(folder_of(target))
}

fn create_private(target: &Path) -> Result<(), CopyError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(target) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(CopyError::TargetExists(target.to_owned()))
        }
        Err(source) => Err(CopyError::File { path: target.to_owned(), source }),
    }
}

fn sync(path: &Path) -> Result<(), CopyError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|source| CopyError::File { path: path.to_owned(), source })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &Path) -> i64 {
        Connection::open(path).unwrap().query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_copy_is_of_the_moment_it_began_although_another_connection_goes_on_writing() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("source"), folder.path().join("target"));
        let writer = Connection::open(&source).unwrap();
        writer
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA application_id = 77; PRAGMA user_version = 3;
                 CREATE TABLE entry (id INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB)",
            )
            .unwrap();
        let write = || writer.execute("INSERT INTO entry (data) VALUES (randomblob(20000))", []).unwrap();
        for _ in 0..1000 {
            write();
        }
        let mut reports = 0;
        copy_database(&source, &target, |copied, pages| {
            assert!(copied <= pages);
            reports += 1;
            write();
        })
        .unwrap();
        assert!(reports > 1, "the copy took several steps");
        assert_eq!(count(&target), 1000);
        assert_eq!(count(&source), 1000 + reports);
        let copy = Connection::open(&target).unwrap();
        let number = |sql: &str| copy.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!((number("PRAGMA application_id"), number("PRAGMA user_version")), (77, 3));
        assert_eq!(number("SELECT seq FROM sqlite_sequence"), 1000);
        let intact: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(intact, "ok");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_is_left_after_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("source"), folder.path().join("target"));
        assert!(matches!(copy_database(&source, &target, |_, _| ()), Err(CopyError::Sqlite { .. })));
        assert!(!target.exists() && !source.exists());
        fs::write(&source, "no database, but long enough to be taken for one at first sight").unwrap();
        assert!(copy_database(&source, &target, |_, _| ()).is_err());
        assert!(!target.exists());
        fs::write(&target, "another backup").unwrap();
        assert!(matches!(copy_database(&source, &target, |_, _| ()), Err(CopyError::TargetExists(_))));
        assert_eq!(fs::read(&target).unwrap(), b"another backup");
    }
}
