//! Readers of other systems' data: from the bytes of a file to rows of `ImportService`.
//!
//! Pure: what is read comes in as bytes, what is found goes out as rows; no clock, no network, no file is opened here.
//! Total: whatever the bytes, every row of a file comes out once, either as a request or with every reason why it is none.
//! Nothing found about a row ever holds a value of it, since findings are printed and a cell may hold anything.
//!
//! Where to start reading: [`row`], what comes out; [`csv`], exports of reporting systems; [`mapping`], which column holds what, and the
//! mappings that are built in; [`lfpse`], the events of the national service (rules L-1 to L-6); [`moment`], how dates are read.
//! The guide for whoever has an export to bring in is `README.md` beside this crate's manifest.

pub mod csv;
pub mod duplicates;
pub mod lfpse;
pub mod limits;
pub mod mapping;
pub mod moment;
pub mod row;
mod text;
mod words;
