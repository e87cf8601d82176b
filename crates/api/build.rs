//! Compiles `proto/` into Rust types, servers and clients without `protoc`.

use std::{env, error::Error, fs, path::PathBuf};

/// Where the contract lives, seen from this crate.
const ROOT: &str = "../../proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={ROOT}");

    let package = PathBuf::from(ROOT).join("candour/v1");
    let mut files = Vec::new();
    for entry in fs::read_dir(&package)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    // A directory is listed in no particular order; the descriptor set must not depend on it.
    files.sort();

    let mut compiler = protox::Compiler::new([ROOT])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(&files)?;

    // Written here, as `compile_fds` does not; encoded by protox, as prost would lose our own field option.
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR for a build script")?;
    let descriptors = PathBuf::from(out).join("descriptors.bin");
    fs::write(descriptors, compiler.encode_file_descriptor_set())?;

    tonic_prost_build::configure()
        .build_server(true)
        .build_client(true)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
