//! What the operating system says of the machine and of a process (Linux; elsewhere nothing is said).

/// A field of `/proc/<id>/status` in bytes, such as `VmRSS` (resident now) or `VmHWM` (most resident so far).
pub(crate) fn memory(id: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// What the processor calls itself.
pub(crate) fn processor() -> String {
    let known = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = known.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// Bytes of memory that the machine has.
pub(crate) fn memory_of_machine() -> Option<u64> {
    let known = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = known.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Bytes in MiB, or that they are not known.
#[expect(clippy::cast_precision_loss, reason = "bytes of memory are far below 2^52")]
pub(crate) fn mebibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(
        || "not known here".to_owned(),
        |bytes| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20)),
    )
}
