//! A tokens file, changed by the program itself.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{
    connection::Identity,
    process::{Finished, Program},
    server::Server,
};

/// A tokens file and the program that writes it.
#[derive(Clone, Debug)]
pub struct Tokens {
    program: Program,
    path: PathBuf,
}

impl Tokens {
    /// A file in a folder, which is made with the first token.
    pub fn in_folder(binary: &str, folder: &Path) -> Self {
        Self { program: Program::new(binary), path: folder.join("tokens.toml") }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `candour token` with these arguments on the file.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        let mut all: Vec<OsString> = vec!["token".into()];
        all.extend(arguments.iter().map(OsString::from));
        all.extend(["--tokens".into(), self.path.clone().into()]);
        self.program.run(&all)
    }

    /// Adds a caller and answers its token.
    pub fn add(&self, id: &str, role: &str, further: &[&str]) -> String {
        self.made(&[&["add", "--id", id, "--role", role], further].concat())
    }

    /// Gives a caller another token.
    pub fn rotate(&self, id: &str, further: &[&str]) -> String {
        self.made(&[&["rotate", "--id", id], further].concat())
    }

    /// Ends the tokens of a caller.
    pub fn revoke(&self, id: &str) {
        let finished = self.run(&["revoke", "--id", id]);
        assert_eq!(finished.code, Some(0), "candour token revoke: {}", finished.stderr);
    }

    fn made(&self, arguments: &[&str]) -> String {
        let finished = self.run(arguments);
        assert_eq!(finished.code, Some(0), "candour token: {}", finished.stderr);
        finished.stdout.trim_end().to_owned()
    }

    /// Serves a store to the callers of the file, with further arguments.
    pub fn serve(&self, folder: &Path, further: &[&str]) -> Server {
        let mut all: Vec<OsString> = vec!["--folder".into(), folder.into()];
        all.extend(["--tokens".into(), self.path.clone().into()]);
        if !further.contains(&"--listen") {
            all.extend(["--listen".into(), "127.0.0.1:0".into()]);
        }
        all.extend(further.iter().map(OsString::from));
        Server::exactly(&self.program, &all)
    }
}

/// The credential of a token.
pub fn bearer(token: &str) -> Identity {
    Identity::authorization(&format!("Bearer {token}"))
}
