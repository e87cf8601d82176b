//! Writes the samples of each decoder into the folders from which the fuzz targets begin: `tests/fuzz/corpus/<decoder>`.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus");
    for decoder in candour_hostile::DECODERS {
        let folder = corpus.join(decoder.name);
        fs::create_dir_all(&folder)?;
        for (number, sample) in (decoder.samples)().iter().enumerate() {
            fs::write(folder.join(format!("sample-{number}")), sample)?;
        }
    }
    Ok(())
}
