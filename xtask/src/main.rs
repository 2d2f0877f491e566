//! The command line: see the library's `cli`.

fn main() -> std::process::ExitCode {
    xtask::cli::main()
}
