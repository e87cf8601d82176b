//! What a running process uses, as Linux shows it under `/proc`.

use std::{collections::BTreeSet, fs, time::Duration};

/// How Linux counts processor time towards programs: a hundred ticks a second (`USER_HZ`), whatever the kernel itself uses.
const TICKS_PER_SECOND: u64 = 100;
/// The state of an established connection in the tables of `/proc/net`.
const ESTABLISHED: &str = "01";

/// The processor time of a process so far, all its threads together. `None` where the system does not show it.
pub(crate) fn processor_time(process: u32) -> Option<Duration> {
    let shown = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program stands in brackets and may hold anything; user and system time are the 12th and 13th field after it.
    let (_, fields) = shown.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

/// The established connections that a process made, each by a number that no other one has while the system runs. Connections to its own
/// listening port are not among them. `None` where the system does not show them.
pub(crate) fn connections_made(process: u32, listening_port: u16) -> Option<BTreeSet<u64>> {
    let mut sockets = BTreeSet::new();
    for entry in fs::read_dir(format!("/proc/{process}/fd")).ok()? {
        // A file may be closed between the two looks.
        let Ok(target) = fs::read_link(entry.ok()?.path()) else { continue };
        let number = target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']'));
        sockets.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    let mut made = BTreeSet::new();
    for table in ["tcp", "tcp6"] {
        // A machine without IPv6 has no second table.
        let Ok(table) = fs::read_to_string(format!("/proc/{process}/net/{table}")) else { continue };
        for line in table.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [_, local, _, state, ..] = fields.as_slice() else { continue };
            let port = local.rsplit_once(':').and_then(|(_, port)| u16::from_str_radix(port, 16).ok());
            let number = fields.get(9).and_then(|number| number.parse::<u64>().ok());
            if *state == ESTABLISHED && port != Some(listening_port) {
                made.extend(number.filter(|number| sockets.contains(number)));
            }
        }
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_connection_that_this_process_made_is_seen_until_it_is_closed_and_its_accepted_end_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = || connections_made(std::process::id(), port).unwrap();
        let before = seen();
        let made = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let accepted = listener.accept().unwrap();
        assert_eq!(seen().difference(&before).count(), 1);
        drop((made, accepted));
        assert_eq!(seen(), before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn processor_time_grows_with_work() {
        let busy = || processor_time(std::process::id()).unwrap();
        let before = busy();
        let mut number = 0_u64;
        while busy() == before {
            number = std::hint::black_box(number.wrapping_mul(31).wrapping_add(7));
        }
        assert!(busy() > before);
    }
}
