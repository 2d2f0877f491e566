//! The packager's command line, as a program that the tests can start.

fn main() -> std::process::ExitCode {
    xtask::cli::main()
}
