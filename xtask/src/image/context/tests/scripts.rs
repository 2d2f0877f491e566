//! The scripts of the container, run.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;

const SHELLS: [&[&str]; 4] = [&["sh"], &["dash"], &["bash"], &["busybox", "sh"]];

fn script_in(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    path
}

/// Runs a script with a shell: exit code, and what it said.
fn ran(shell: &[&str], script: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(script).args(arguments);
    for name in ["WSO2_SERVER_HOME", "WORKING_DIRECTORY", "WSO2_HEALTH_PORT"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().expect("a shell");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_shell_parses_the_scripts() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("entrypoint", ENTRYPOINT_SCRIPT), ("health", HEALTH_CHECK_SCRIPT)] {
        assert!(text.starts_with("#!/bin/sh\n") && text.is_ascii() && !text.contains('\r'));
        let script = script_in(folder.path(), name, text);
        for shell in SHELLS.iter().filter(|shell| has_tool(shell[0])) {
            let checked = run(Command::new(shell[0]).args(&shell[1..]).arg("-n").arg(&script));
            assert_eq!(checked.as_deref(), Ok(""), "{shell:?}");
        }
    }
}

#[test]
fn the_volume_is_laid_over_the_server_before_it_starts() {
    for shell in SHELLS.iter().filter(|shell| has_tool(shell[0])) {
        let folder = tempfile::tempdir().expect("a folder");
        let script = script_in(folder.path(), "docker-entrypoint.sh", ENTRYPOINT_SCRIPT);
        let home = folder.path().join("a server");
        let volume = folder.path().join("wso2-config-volume");
        for name in [home.join("bin"), home.join("conf"), volume.join("conf"), volume.join("..2024")] {
            fs::create_dir_all(name).expect("a folder");
        }
        let server =
            "for word in \"$@\"; do echo \"<$word>\"; done; cat \"$WSO2_SERVER_HOME/conf/deployment.toml\"; exit 7\n";
        fs::write(home.join("bin/micro-integrator.sh"), server).expect("a file");
        fs::write(home.join("conf/deployment.toml"), "of the image\n").expect("a file");
        let home_text = home.to_str().expect("UTF-8");
        let variables =
            [("WSO2_SERVER_HOME", home_text), ("WORKING_DIRECTORY", folder.path().to_str().expect("UTF-8"))];
        let start = || ran(shell, &script, &["-Da=b c", ""], &variables);
        assert_eq!(start(), (Some(7), "<-Da=b c>\n<>\nof the image\n".to_owned(), String::new()), "{shell:?}");

        // As Kubernetes mounts it: links to files in a folder whose name begins with two points.
        fs::write(volume.join("..2024/deployment.toml"), "of the volume\n").expect("a file");
        symlink("../..2024/deployment.toml", volume.join("conf/deployment.toml")).expect("a link");
        symlink("..2024", volume.join("..data")).expect("a link");
        fs::write(volume.join(".hidden"), "").expect("a file");
        assert_eq!(start(), (Some(7), "<-Da=b c>\n<>\nof the volume\n".to_owned(), String::new()), "{shell:?}");
        assert!(fs::symlink_metadata(home.join("conf/deployment.toml")).expect("a file").is_file());
        assert!(home.join(".hidden").is_file() && !home.join("..data").exists() && !home.join("..2024").exists());

        fs::remove_file(home.join("bin/micro-integrator.sh")).expect("a file");
        let (code, _, said) = start();
        assert_eq!(code, Some(1));
        assert!(said.contains("there is no server in"), "{said}");
    }
}

/// Answers one request with a status, and gives back what was asked.
fn answer(status: &'static str) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let answering = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut asked = Vec::new();
        let mut buffer = [0; 512];
        while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
            let read = stream.read(&mut buffer).expect("a request");
            assert!(read > 0, "a request that ends");
            asked.extend(&buffer[..read]);
        }
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        stream.write_all(answer.as_bytes()).expect("an answer");
        String::from_utf8_lossy(&asked).into_owned()
    });
    (port, answering)
}

/// A folder with a single program, as the only place of programs.
fn only(folder: &Path, tool: &str, program: &str) -> Option<String> {
    if !has_tool(program) {
        return None;
    }
    let path = std::env::var_os("PATH").expect("a PATH");
    let place = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|place| place.is_file());
    symlink(place.expect("a program"), folder.join(tool)).expect("a link");
    Some(folder.to_str().expect("UTF-8").to_owned())
}

#[test]
fn the_health_check_asks_with_what_is_there() {
    let scripts = tempfile::tempdir().expect("a folder");
    let script = script_in(scripts.path(), "docker-healthcheck.sh", HEALTH_CHECK_SCRIPT);
    for (tool, program) in [("curl", "curl"), ("wget", "wget"), ("wget", "busybox"), ("bash", "bash")] {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(path) = only(folder.path(), tool, program) else { continue };
        let shell = &["/bin/sh"];
        // A proxy that is not there: nobody asks it.
        let variables =
            [("PATH", path.as_str()), ("http_proxy", "http://127.0.0.1:9"), ("ALL_PROXY", "http://127.0.0.1:9")];
        let (port, answering) = answer("200 OK");
        let (code, _, said) = ran(shell, &script, &[&port.to_string()], &variables);
        assert_eq!(code, Some(0), "{program}: {said}");
        let asked = answering.join().expect("an answer");
        assert!(asked.starts_with("GET /healthz HTTP/1."), "{program}: {asked}");

        let (port, answering) = answer("500 Internal Server Error");
        let port = port.to_string();
        let by_variable = [&variables[..], &[("WSO2_HEALTH_PORT", &port)]].concat();
        assert_eq!(ran(shell, &script, &[], &by_variable).0, Some(1), "{program}");
        answering.join().expect("an answer");
        // Nobody listens there any more.
        assert_eq!(ran(shell, &script, &[&port], &variables).0, Some(1), "{program}");
    }
}

#[test]
fn the_health_check_says_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = script_in(folder.path(), "docker-healthcheck.sh", HEALTH_CHECK_SCRIPT);
    let nothing = folder.path().join("nothing");
    let (code, _, said) = ran(&["/bin/sh"], &script, &[], &[("PATH", nothing.to_str().expect("UTF-8"))]);
    assert_eq!(code, Some(1));
    assert!(said.contains("no curl, no wget and no bash") && said.contains(":9201/healthz"), "{said}");
    let (code, _, said) = ran(&["/bin/sh"], &script, &["1; id"], &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("is no port"), "{said}");
}
