//! Every limit of the readers. Files themselves may be of any size: they are read row by row.

/// The longest row of a table, in bytes as it stands in the file. What the server takes in one message is no more.
pub const ROW_BYTES_MAX: usize = 1024 * 1024;
/// The most lines one row of a table may run over.
pub const ROW_LINES_MAX: usize = 5_000;
/// The most columns of a table.
pub const COLUMNS_MAX: usize = 1_000;
/// How many lines from the beginning of a table the line with the column names is looked for: reports print headings above it.
pub const HEADER_LINES_MAX: usize = 50;
/// The largest event of the national service, in bytes of JSON.
pub const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// How deep JSON may nest.
pub const NESTING_MAX: usize = 128;
/// The largest mapping file, in bytes.
pub const MAPPING_BYTES_MAX: usize = 256 * 1024;
/// The most findings kept for one row; a row with more is answered with these.
pub const FINDINGS_MAX: usize = 50;
