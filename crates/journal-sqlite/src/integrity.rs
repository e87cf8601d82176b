//! Looking through the whole file for damage.

use candour_journal::ReadError;
use rusqlite::Connection;

use crate::record::read_failed;

/// Most problems of one kind that are listed.
const PROBLEMS_LISTED_MAX: u32 = 100;

/// The problems of a store, in words that hold nothing of any record.
pub(crate) fn find_problems(snapshot: &Connection) -> Result<Vec<String>, ReadError> {
    let mut problems = Vec::new();
    let checks = [
        // SQLite's own words: pages, tables and rows by number.
        format!(
            "SELECT 'the file: ' || quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'
             LIMIT {PROBLEMS_LISTED_MAX}"
        ),
        format!(
            "SELECT 'positions ' || (before + 1) || ' to ' || (position - 1) || ' are missing'
             FROM (SELECT position, lag(position, 1, 0) OVER (ORDER BY position) AS before FROM
                   (SELECT position FROM event UNION ALL SELECT seq + 1 FROM sqlite_sequence WHERE name = 'event'))
             WHERE position <> before + 1 LIMIT {PROBLEMS_LISTED_MAX}"
        ),
        format!(
            "SELECT 'stream ' || name || ' should hold ' || (stream.version + 1) || ' events and holds ' || held
             FROM stream JOIN (
               SELECT stream_no, count(event.version) AS held, max(event.version) AS last
               FROM stream LEFT JOIN event USING (stream_no) GROUP BY stream_no
             ) USING (stream_no)
             WHERE held <> stream.version + 1 OR last IS NOT stream.version LIMIT {PROBLEMS_LISTED_MAX}"
        ),
    ];
    for check in checks {
        let mut statement = snapshot.prepare(&check).map_err(read_failed)?;
        let found = statement.query_map([], |row| row.get::<_, String>(0)).map_err(read_failed)?;
        for problem in found {
            problems.push(problem.map_err(read_failed)?);
        }
    }
    Ok(problems)
}
