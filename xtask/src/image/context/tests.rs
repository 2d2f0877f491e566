mod builder;
mod scripts;

use super::*;
use crate::base_image::testing::{has_tool, run};
use crate::image::{Platform, account as account_of};
use crate::timestamp::Timestamp;
use std::fs;
use std::process::Command;

/// Paths that a shell or a builder could take for something else.
const ODD: [&str; 13] = [
    "conf/old file.xml",
    "lib/it's $HOME `id`.jar",
    "lib/$(id)",
    "a <<EOF",
    "'<<EOF'",
    "b\"c",
    "-rf",
    "#x",
    "ends '",
    "x && y; z | w > v",
    "star *?[a]",
    "Länder ~ !1",
    "ends in blank ",
];

fn settings() -> Settings<'static> {
    Settings {
        name: "wso2mi-4.0.0-upgraded",
        time: Timestamp::FIXED,
        platform: Platform::default(),
        ports: &[8290, 8253],
        health_port: Some(9201),
        title: "Micro \"Integrator\" at $5 \\o/\nRUN id",
        version: "4.0.0",
        description: "",
    }
}

fn paths(names: &[&str]) -> Vec<EntryPath> {
    names.iter().map(|name| EntryPath::known(name)).collect()
}

fn text_of(name: &str, removed: &[EntryPath]) -> String {
    let files = context_files(&settings(), removed);
    let (_, bytes, _) = files.into_iter().find(|(file, ..)| file == name).expect("a file");
    String::from_utf8(bytes).expect("text")
}

/// The instructions, with their continuation lines joined as a builder joins them.
fn instructions(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
        match line.strip_suffix('\\') {
            Some(start) => open.push_str(start),
            None => all.push(std::mem::take(&mut open) + line),
        }
    }
    assert!(open.is_empty(), "the last line goes on");
    all
}

#[test]
fn the_files_have_their_modes() {
    let files = context_files(&settings(), &[]);
    let names: Vec<_> = files.iter().map(|(name, _, mode)| (name.as_str(), *mode)).collect();
    let expected = [
        (".dockerignore", 0o644),
        ("Dockerfile", 0o644),
        ("docker-entrypoint.sh", 0o755),
        ("docker-healthcheck.sh", 0o755),
    ];
    assert_eq!(names, expected);
    let ignored = text_of(".dockerignore", &[]);
    assert!(
        ignored.starts_with("*\n!distribution.tar.gz\n") && ignored.ends_with("!docker-healthcheck.sh\n"),
        "{ignored}"
    );
}

#[test]
fn the_classic_builder_has_every_instruction() {
    let text = text_of("Dockerfile", &paths(&ODD));
    let instructions = instructions(&text);
    let words: Vec<&str> = instructions.iter().filter_map(|line| line.split(' ').next()).collect();
    let expected = "ARG FROM USER ADD COPY RUN RUN ADD ADD LABEL LABEL ENV WORKDIR USER EXPOSE HEALTHCHECK ENTRYPOINT";
    assert_eq!(words.join(" "), expected);
    for line in &instructions {
        let arguments = line.split_once(' ').map_or("", |(_, arguments)| arguments);
        let flag = arguments.split(' ').next().filter(|word| word.starts_with("--"));
        let known = flag.is_none_or(|flag| flag == "--chown=802:802" || flag.starts_with("--interval="));
        assert!(known, "{line}");
        // In exec form too: it must be JSON, or it is a shell's.
        if let Some(at) = line.find('[').filter(|_| line.starts_with("ENTRYPOINT") || line.starts_with("HEALTHCHECK")) {
            serde_json::from_str::<Vec<String>>(&line[at..]).expect("a JSON list");
        }
    }
    // What the user changes comes after what stays.
    let position = |word: &str| text.find(word).unwrap_or_else(|| panic!("no {word}"));
    assert!(position("ADD distribution.tar.gz /") < position("rm -rf"));
    assert!(position("rm -rf") < position("ADD user.tar.gz /"));
    assert!(position("ADD user.tar.gz /") < position("ADD configuration.tar.gz /"));
    // The first line is no directive of a parser.
    assert!(text.starts_with("# An image"), "{text}");
    assert!(text.contains("LABEL org.opencontainers.image.title=\"Micro \\\"Integrator\\\" at \\$5 \\\\o/ RUN id\"\n"));
}

#[test]
fn what_is_not_known_is_left_out() {
    let settings = Settings { ports: &[], health_port: None, title: "", version: "", ..settings() };
    let text = dockerfile(&settings, &[]);
    assert!(text.contains("\nHEALTHCHECK NONE\n") && !text.contains("EXPOSE") && !text.contains("LABEL"), "{text}");
    assert!(!text.contains("rm -rf"));
}

#[test]
fn any_path_is_one_word_of_a_shell() {
    for shell in [&["sh"][..], &["dash"], &["bash"], &["busybox", "sh"]] {
        if !has_tool(shell[0]) {
            continue;
        }
        let removed = removals(&paths(&ODD));
        assert_eq!(removed.len(), 1);
        let command = instructions(&removed[0]).remove(0).replace("RUN rm -rf --", "printf '%s\\n'");
        let printed = run(Command::new(shell[0]).args(&shell[1..]).args(["-c", &command])).expect("words");
        let expected: Vec<String> = ODD.iter().map(|name| format!("/{SERVER_HOME}/{name}")).collect();
        assert_eq!(printed.lines().collect::<Vec<_>>(), expected, "{shell:?}");
    }
}

#[test]
fn many_paths_are_many_commands() {
    let removed: Vec<EntryPath> =
        (0..5000).map(|at| EntryPath::known(&format!("lib/{}{at}.jar", "x".repeat(60)))).collect();
    let commands = removals(&removed);
    assert!(commands.len() > 5 && commands.iter().all(|command| command.len() <= LONGEST_COMMAND + 1));
    let lines = commands.concat();
    assert_eq!(lines.lines().filter(|line| line.contains("/lib/x")).count(), 5000);
    let longest = EntryPath::known(&"x/".repeat(2000));
    assert!(removals(&[longest.clone(), longest]).concat().lines().all(|line| line.len() < 5000));
}

/// Runs the command that makes the user in a folder that stands for the root; the files after it.
fn run_account(passwd: Option<&str>, group: Option<&str>) -> Result<[String; 2], String> {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_str().expect("UTF-8");
    for name in ["etc", USER_HOME] {
        fs::create_dir_all(folder.path().join(name)).expect("a folder");
    }
    for (name, text) in [("etc/passwd", passwd), ("etc/group", group)] {
        if let Some(text) = text {
            fs::write(folder.path().join(name), text).expect("a file");
        }
    }
    let command = instructions(&account()).remove(0).replace("RUN ", "");
    let command =
        command.replace(" /etc/", &format!(" {root}/etc/")).replace("/home/wso2carbon:/bin/sh", "HOME:/bin/sh");
    // Only the administrator may give files away: that they are given is seen where an image is built.
    let command = command.replace("chmod 0755", ": chmod").replace("chown 802:802", ": chown");
    assert!(!command.contains(" /home/wso2carbon/wso2mi"), "{command}");
    run(Command::new("sh").args(["-c", &command]))?;
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    Ok([read("etc/passwd").replace("HOME:", "/home/wso2carbon:"), read("etc/group")])
}

#[test]
fn the_command_makes_the_user_that_the_packager_makes() {
    for (passwd, group) in [
        ("root:x:0:0:root:/root:/bin/sh\n", "root:x:0:\n"),
        ("root:x:0:0:root:/root:/bin/sh", "root:x:0:"),
        ("wso2carbon:x:802:802::/home/wso2carbon:/bin/false\n", "wso2:x:802:\n"),
        ("mysql:x:802:802::/:/bin/false\n", "root:x:0:\n"),
        ("root:x:0:0:root:/root:/bin/sh\n", "staff:x:802:\n"),
        ("wso2carbon:x:1000:1000::/:/bin/sh\n", "root:x:0:\n"),
        ("wso2carbon:x:802:100::/:/bin/sh\n", "root:x:0:\n"),
        ("root:x:0:0:root:/root:/bin/sh\n", "wso2:x:7:\n"),
    ] {
        let ran = run_account(Some(passwd), Some(group));
        if let Ok(made) = account_of(Some(passwd.as_bytes()), Some(group.as_bytes())) {
            let text = |made: Option<Vec<u8>>, old: &str| {
                made.map_or_else(|| old.to_owned(), |made| String::from_utf8(made).expect("text"))
            };
            assert_eq!(ran.expect("a user"), [text(made.passwd, passwd), text(made.group, group)]);
        } else {
            let problem = ran.expect_err(passwd);
            assert!(problem.contains("choose one that leaves"), "{problem}");
        }
    }
    let [passwd, group] = run_account(None, None).expect("a user");
    assert_eq!(passwd, "wso2carbon:x:802:802:WSO2:/home/wso2carbon:/bin/sh\n");
    assert_eq!(group, "wso2:x:802:\n");
}
