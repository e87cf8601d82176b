//! The program, run with a clean environment, its output kept.

use std::{
    ffi::OsStr,
    fs::File,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

use tokio::runtime::{Handle, RuntimeFlavor};

/// How long a command may take before the test fails. A debug build on a busy machine stays far below.
pub const RUN_TIME_MAX: Duration = Duration::from_mins(1);

/// The program under test, and what its environment holds: nothing but what is said here.
#[derive(Clone, Debug)]
pub struct Program {
    binary: PathBuf,
    /// What comes before every command.
    first_argument: Option<String>,
    environment: Vec<(String, String)>,
    folder: Option<PathBuf>,
    /// The file that it reads as its standard input; nothing without.
    input: Option<PathBuf>,
    time_max: Duration,
}

impl Program {
    /// The program at this path: `env!("CARGO_BIN_EXE_candour")` in a test target of the binary's package.
    pub fn new(binary: impl AsRef<Path>) -> Self {
        Self {
            binary: binary.as_ref().to_owned(),
            first_argument: None,
            environment: Vec::new(),
            folder: None,
            input: None,
            time_max: RUN_TIME_MAX,
        }
    }

    /// A binary that carries the program inside, and is it when its first argument is this one.
    pub fn inside(binary: impl AsRef<Path>, first_argument: &str) -> Self {
        Self { first_argument: Some(first_argument.to_owned()), ..Self::new(binary) }
    }

    /// Names the store for every command that reads the configuration: its folder, with the log in it. A server of it listens on any free port
    /// of 127.0.0.1.
    #[must_use]
    pub fn on_store(self, folder: &Path) -> Self {
        self.variable("CANDOUR_FOLDER", folder).variable("CANDOUR_LISTEN", "127.0.0.1:0")
    }

    /// The same with the log in a namespace of a KurrentDB. The connection string goes by the environment, which other users of the machine
    /// do not see.
    #[must_use]
    pub fn on_engine(self, folder: &Path, connection_string: &str, namespace: &str) -> Self {
        self.on_store(folder)
            .variable("CANDOUR_ENGINE", connection_string)
            .variable("CANDOUR_NAMESPACE", namespace)
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_string_lossy().into_owned()));
        self
    }

    /// Sets the folder it is started in.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Sets the file that it reads as its standard input.
    #[must_use]
    pub fn fed_by(mut self, file: &Path) -> Self {
        self.input = Some(file.to_owned());
        self
    }

    /// Sets how long a run may take, instead of [`RUN_TIME_MAX`].
    #[must_use]
    pub fn within(mut self, time_max: Duration) -> Self {
        self.time_max = time_max;
        self
    }

    /// Runs it to its end, which must come within its time.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Finished {
        self.spawn(arguments).finish(self.time_max)
    }

    /// Starts it, to be watched while it runs.
    pub fn start<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Running {
        Running(self.spawn(arguments))
    }

    /// Starts it.
    pub(crate) fn spawn<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Process {
        let mut command = Command::new(&self.binary);
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(&self.first_argument).args(arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let input = self.input.as_ref().map(|file| File::open(file).expect("the input can be read"));
        command
            .stdin(input.map_or_else(Stdio::null, Stdio::from))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = Stream::follow(child.stdout.take().expect("its standard output is piped"));
        let stderr = Stream::follow(child.stderr.take().expect("its standard error is piped"));
        Process { child, stdout, stderr }
    }
}

/// A run of the program that has not ended. Dropping it kills it.
#[derive(Debug)]
pub struct Running(Process);

impl Running {
    /// Waits for a line on standard output that holds these words; at most [`RUN_TIME_MAX`].
    pub fn says(&self, words: &str) {
        let said = self.0.stdout.line(RUN_TIME_MAX, |line| line.contains(words).then_some(()));
        if said.is_none() {
            let (stdout, stderr) = (self.0.stdout.text(), self.0.stderr.text());
            panic!("the program did not say {words:?}\nstdout:\n{stdout}\nstderr:\n{stderr}");
        }
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(mut self) {
        let _ = self.0.kill();
    }

    /// Waits for its end, which must come within [`RUN_TIME_MAX`].
    pub fn finish(self) -> Finished {
        self.0.finish(RUN_TIME_MAX)
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Everything on standard output.
    pub stdout: String,
    /// Everything on standard error.
    pub stderr: String,
}

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) stdout: Stream,
    pub(crate) stderr: Stream,
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) -> ExitStatus {
        self.child.kill().expect("a process of ours can be killed");
        self.child.wait().expect("a process of ours can be waited for")
    }

    /// Waits for its end. Its output closes when it ends, so nothing need be asked again and again.
    pub(crate) fn finish(mut self, time: Duration) -> Finished {
        let until = Instant::now() + time;
        let ended = waiting(|| self.stdout.until_closed(until) && self.stderr.until_closed(until));
        if !ended {
            let _ = self.kill();
            panic!(
                "the program did not end within {time:?}\nstdout:\n{}\nstderr:\n{}",
                self.stdout.text(),
                self.stderr.text()
            );
        }
        let status = self.child.wait().expect("a process of ours can be waited for");
        Finished { code: status.code(), stdout: self.stdout.text(), stderr: self.stderr.text() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits without keeping the tasks of a test from going on: a double that the program waits for may be among them.
pub(crate) fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(wait)
        }
        _ => wait(),
    }
}

/// One output of a process: followed by a thread of its own, line by line, and kept.
#[derive(Debug)]
pub(crate) struct Stream {
    kept: Arc<Mutex<Vec<u8>>>,
    lines: Mutex<Receiver<String>>,
}

impl Stream {
    fn follow(source: impl Read + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (sender, lines) = channel();
        let keep = Arc::clone(&kept);
        std::thread::spawn(move || {
            let mut source = BufReader::new(source);
            loop {
                let mut line = Vec::new();
                match source.read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {
                        keep.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&line);
                        // Nobody may be listening any more; the text is kept all the same.
                        let _ = sender.send(String::from_utf8_lossy(&line).trim_end().to_owned());
                    }
                }
            }
        });
        Self { kept, lines: Mutex::new(lines) }
    }

    /// The first line from now on that `read` understands; `None` where the output closed or time ran out first.
    pub(crate) fn line<T>(&self, time: Duration, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let until = Instant::now() + time;
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if let Some(found) = read(&line) {
                return Some(found);
            }
        }
        None
    }

    fn until_closed(&self, until: Instant) -> bool {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}
