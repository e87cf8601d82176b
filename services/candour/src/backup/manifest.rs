//! `backup.json`: what a backup holds and how to tell that it is whole.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
};

use anyhow::Context as _;
use aws_lc_rs::digest;
use candour_domain::measures::Figure;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::small_file;

/// The name of the file. It is written last, so that a folder without it is no backup.
pub(super) const FILE: &str = "backup.json";
/// The shape of the file. A later one is refused.
const FORMAT: u32 = 1;
/// The longest file that is read as one, in bytes.
const BYTES_MAX: usize = 1024 * 1024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(super) format: u32,
    pub(super) made_at: Timestamp,
    /// The program's version, on which the meaning of the figures' digest depends.
    pub(super) made_by: String,
    /// The log, where the engine is SQLite. KurrentDB has backups of its own.
    pub(super) log: Option<LogInBackup>,
    /// The wrapped data keys.
    pub(super) keys: FileInBackup,
    /// The key file, where it is included; otherwise it is kept apart.
    pub(super) key_file: Option<FileInBackup>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogInBackup {
    pub(super) file: FileInBackup,
    pub(super) store_id: uuid::Uuid,
    pub(super) synthetic: bool,
    pub(super) namespace: String,
    pub(super) events: u64,
    /// The position of the last event.
    pub(super) head: u64,
    pub(super) figures: FiguresInBackup,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileInBackup {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// SHA-256 in hexadecimal digits.
    pub(super) sha256: String,
}

/// Every figure, with every unit behind it, on some days.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FiguresInBackup {
    pub(super) days: Vec<Date>,
    pub(super) count: usize,
    pub(super) sha256: String,
}

impl FiguresInBackup {
    pub(super) fn of(days: Vec<Date>, figures: &[Vec<Figure>]) -> Self {
        let sha256 = hexadecimal(digest::digest(&digest::SHA256, format!("{figures:?}").as_bytes()).as_ref());
        Self { days, count: figures.iter().map(Vec::len).sum(), sha256 }
    }
}

impl FileInBackup {
    /// Describes a file as it is now.
    pub(super) fn of(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let path = folder.join(name);
        let (bytes, sha256) = digest_of(&path).with_context(|| path.display().to_string())?;
        Ok(Self { name: name.to_owned(), bytes, sha256 })
    }

    /// Refuses a file that is not as it was described.
    pub(super) fn check(&self, folder: &Path) -> anyhow::Result<()> {
        // The name comes from the file: it must not lead out of the folder.
        let is_plain = Path::new(&self.name).file_name().is_some_and(|name| name == self.name.as_str());
        anyhow::ensure!(is_plain, "{FILE} names a file {:?}, which is no plain name", self.name);
        let found = Self::of(folder, &self.name)?;
        anyhow::ensure!(
            found.bytes == self.bytes && found.sha256 == self.sha256,
            "{} is not as it was when the backup was made: take another backup",
            folder.join(&self.name).display()
        );
        Ok(())
    }
}

impl Manifest {
    pub(super) fn new(
        made_at: Timestamp,
        log: Option<LogInBackup>,
        keys: FileInBackup,
        key_file: Option<FileInBackup>,
    ) -> Self {
        Self { format: FORMAT, made_at, made_by: env!("CARGO_PKG_VERSION").to_owned(), log, keys, key_file }
    }

    /// Whether figures worked out now can be compared by digest.
    pub(super) fn figures_are_comparable(&self) -> bool {
        self.made_by == env!("CARGO_PKG_VERSION")
    }

    /// Writes the file, durably.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let mut file = super::create_private(&folder.join(FILE))?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        File::open(folder)?.sync_all()?;
        Ok(())
    }

    /// Reads the file of a backup.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        anyhow::ensure!(
            path.exists(),
            "{} is no complete backup: {FILE} is missing, which is written last",
            folder.display()
        );
        Self::parse(&small_file::read(&path, BYTES_MAX)?, &path)
    }

    /// Reads what stands in the file at this path.
    pub(crate) fn parse(bytes: &[u8], path: &Path) -> anyhow::Result<Self> {
        let manifest: Self = serde_json::from_slice(bytes)
            .with_context(|| format!("{} is not what a backup writes", path.display()))?;
        anyhow::ensure!(
            manifest.format == FORMAT,
            "{} is of format {}, and this program knows {FORMAT}: use a newer program",
            path.display(),
            manifest.format
        );
        Ok(manifest)
    }
}

fn digest_of(path: &Path) -> anyhow::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hexadecimal(context.finish().as_ref())));
        }
        bytes += read as u64;
        context.update(&buffer[..read]);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
