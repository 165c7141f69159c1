//! The binary `pantile`. Everything it does is in the library beside it.

use std::process::ExitCode;

/// Arrow's buffers come and go by the megabyte on every thread; the system's allocator keeps them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pantile_server::cli::main()
}
