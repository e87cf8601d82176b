//! Prints the surface of the contract: `cargo run -p candour-api --example surface > crates/api/surface.txt`.

#[path = "../tests/surface/render.rs"]
mod render;

fn main() {
    print!("{}", render::surface(candour_api::FILE_DESCRIPTOR_SET));
}
