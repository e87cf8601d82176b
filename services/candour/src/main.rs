//! The program `candour`; everything it does is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    candour_program::main()
}
