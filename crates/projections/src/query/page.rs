//! Pages of a list: where the last one ended, and as known at which position.
//!
//! All pages of one list are read as known at the position of the first page, so that nothing is shown twice or missed while the log grows.

use candour_journal::Position;
use uuid::Uuid;

/// Where a page ended. Holds no personal data and carries no authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The position all pages of this list are known at.
    pub known_at: Position,
    /// The sorting day of the last row, in days since 1970-01-01.
    pub day: i64,
    /// The id of the last row.
    pub id: Uuid,
}

/// Which page is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// How many rows at most, 1 to [`crate::limits::PAGE_SIZE_MAX`].
    pub size: usize,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The position that the rows are to be known at, where an earlier page settled it.
    pub fn known_at(&self) -> Option<Position> {
        self.after.map(|cursor| cursor.known_at)
    }
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<R> {
    /// The rows.
    pub rows: Vec<R>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
    /// The position the rows are known at.
    pub known_at: Position,
}

impl<R> Page<R> {
    /// One page out of rows that are made anew as a whole for every page, in the same order each time. The cursor's day is the index of the
    /// last row. `None` where the cursor does not point at a row of these: it is of another list.
    pub fn cut(
        rows: Vec<R>,
        request: PageRequest,
        known_at: Position,
        id: impl Fn(&R) -> Uuid,
    ) -> Option<Self> {
        let start = match request.after {
            None => 0,
            Some(cursor) => {
                let index = usize::try_from(cursor.day).ok()?;
                rows.get(index).filter(|row| id(row) == cursor.id)?;
                index + 1
            }
        };
        let total = rows.len();
        let rows: Vec<R> = rows.into_iter().skip(start).take(request.size).collect();
        let end = start + rows.len();
        let next = match rows.last() {
            Some(last) if end < total => {
                Some(Cursor { known_at, day: i64::try_from(end - 1).ok()?, id: id(last) })
            }
            _ => None,
        };
        Some(Self { rows, next, known_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN_AT: Position = Position::from_raw(9);

    fn cut(after: Option<Cursor>) -> Option<Page<u128>> {
        Page::cut(vec![10, 11, 12, 13, 14], PageRequest { size: 2, after }, KNOWN_AT, |row| {
            Uuid::from_u128(*row)
        })
    }

    #[test]
    fn pages_cut_out_of_a_whole_follow_each_other_to_the_end() {
        let mut after = None;
        let mut pages = Vec::new();
        loop {
            let page = cut(after).unwrap();
            pages.push(page.rows);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, [vec![10, 11], vec![12, 13], vec![14]]);
    }

    #[test]
    fn a_full_last_page_has_no_next_one() {
        let after = Some(Cursor { known_at: KNOWN_AT, day: 2, id: Uuid::from_u128(12) });
        assert_eq!(cut(after), Some(Page { rows: vec![13, 14], next: None, known_at: KNOWN_AT }));
    }

    #[test]
    fn a_cursor_that_points_at_another_row_is_refused() {
        for (day, id) in [(1, 10), (5, 14), (-1, 10), (i64::MAX, 10)] {
            assert_eq!(cut(Some(Cursor { known_at: KNOWN_AT, day, id: Uuid::from_u128(id) })), None, "{day}");
        }
    }
}
