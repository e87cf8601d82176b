//! Writes the samples of each decoder, and what is hostile by itself, into the folders from which the fuzz targets begin.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    for decoder in candour_hostile::DECODERS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(decoder.name);
        fs::create_dir_all(&folder)?;
        for (number, sample) in (decoder.samples)().iter().enumerate() {
            fs::write(folder.join(format!("sample-{number}")), sample)?;
        }
    }
    Ok(())
}
