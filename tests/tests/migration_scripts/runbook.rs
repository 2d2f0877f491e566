//! The runbook of a bundle, followed to the letter: its own commands, in a shell, on real databases.
//!
//! In: the sample with its user store in a database of a server that runs here. Always: the commands are taken out of
//! RUNBOOK.md as they are; only what it tells people to fill in is filled in. Passwords are typed at a terminal, where
//! a client asks for them.

use crate::store::{OnH2, OnMariaDb, OnPostgres, Store};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use upgrade_tests::database::{h2_jar, mariadb, postgres};
use upgrade_tests::{Case, Ran, Trees, has_tool, run};
use xtask::sample::edit;

/// What the users of these databases are let in with.
const PASSWORD: &str = "runbook-4711";
/// In place of the server's script: notes what it was asked for, and leaves a log.
const SERVER: &str = "#!/bin/sh\ncd \"$(dirname \"$0\")/..\" || exit 1\necho \"$1\" >>asked\nmkdir -p repository/logs\n\
                      echo 'INFO started' >repository/logs/wso2carbon.log\n";

/// A bundle whose runbook is followed.
struct Book {
    case: Case,
    /// The steps: title and blocks, as they are written.
    steps: Vec<(String, Vec<String>)>,
    /// The block before the first step.
    head: String,
    /// What stands for what people fill in.
    filled: BTreeMap<String, String>,
}

/// The `sh` blocks of a part.
fn blocks(text: &str) -> Vec<String> {
    text.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// The sample's bundle with its user store in another database; `None` where a tool of the runbook is not installed.
fn book(url: &str, driver: &str, user: &str, filled: &[(&str, &str)]) -> Option<Book> {
    for tool in ["script", "sha256sum", "tar", "unzip"] {
        if !has_tool(tool) {
            return None;
        }
    }
    let mut trees = Trees::sample();
    edit(&mut trees.home, "conf/deployment.toml", |text| {
        text.replace("jdbc:mysql://db.sample.internal:3306/mi_users", url)
            .replace("username = \"mi\"", &format!("username = \"{user}\""))
            .replacen("com.mysql.jdbc.Driver", driver, 1)
    });
    let case = Case::of(&trees);
    let ran = case.package(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let text = fs::read_to_string(case.bundle().join("RUNBOOK.md")).expect("a runbook");
    let mut parts = text.split("\n### ");
    let head = blocks(parts.next().expect("a head")).concat();
    let steps = parts.map(|part| {
        let title = part.lines().next().and_then(|line| line.split_once(". ")).expect("a title").1;
        (title.to_owned(), blocks(part))
    });
    let steps = steps.collect();
    executable(&case.given.home.join("bin/micro-integrator.sh"), SERVER);
    executable(&case.folder.path().join("bin/curl"), "#!/bin/sh\nexit 0\n");
    let folder = |name: &str| case.folder.path().join(name).display().to_string();
    let mut all: BTreeMap<String, String> = [
        ("/opt/wso2mi-1.2.0   #".to_owned(), format!("{}   #", case.given.home.display())),
        ("NEW_PARENT=/opt ".to_owned(), format!("NEW_PARENT={} ", folder("new"))),
        ("/var/backups/wso2mi".to_owned(), folder("backup")),
    ]
    .into();
    all.extend(filled.iter().map(|(word, by)| ((*word).to_owned(), (*by).to_owned())));
    fs::create_dir(folder("new")).expect("a folder");
    Some(Book { case, steps, head, filled: all })
}

/// What the server of a home was asked for.
fn asked(home: &Path) -> String {
    fs::read_to_string(home.join("asked")).unwrap_or_default().replace('\n', " ")
}

impl Book {
    /// A block with all filled in that is to be filled in.
    fn filled(&self, block: &str) -> String {
        self.filled.iter().fold(block.to_owned(), |text, (word, by)| text.replace(word, by))
    }

    /// Runs a block in a shell of its own at a terminal, in the unpacked bundle, after the variables of the head. Each
    /// line has to succeed.
    fn shell(&self, block: &str) -> Ran {
        let file = self.case.file("block.sh", self.filled(&self.head) + &self.filled(block));
        let mut command = Command::new("script");
        command.args(["-q", "-e", "-c", &format!("sh -eu {}", file.display()), "/dev/null"]);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.case.folder.path().join("bin").display()));
        command.env("EDITOR", "true").env("HOME", self.case.folder.path()).current_dir(self.case.bundle());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("script");
        let (mut input, mut output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let (mut said, mut bytes, mut seen) = (String::new(), [0; 4096], 0);
        while let Some(length) = output.read(&mut bytes).ok().filter(|length| *length > 0) {
            said += &String::from_utf8_lossy(&bytes[..length]);
            // A client reads what is typed after it asked, and nothing that was typed before.
            while let Some(at) = said[seen..].find("assword:") {
                seen += at + 1;
                writeln!(input, "{PASSWORD}").expect("somebody who asked");
            }
        }
        let status = child.wait().expect("its end");
        Ran { code: status.code(), stdout: said, stderr: String::new() }
    }

    /// Runs a block of a step, which succeeds and says so.
    fn runs(&self, title: &str, number: usize) -> String {
        let (_, blocks) = self.steps.iter().find(|(known, _)| known == title).expect(title);
        let block = blocks.get(number).unwrap_or_else(|| panic!("{title} has no block {number}"));
        let ran = self.shell(block);
        assert_eq!(ran.code, Some(0), "{title}: {}\n{}", self.filled(block), ran.stdout);
        ran.stdout
    }

    fn new_home(&self) -> PathBuf {
        self.case.folder.path().join("new/wso2mi-4.0.0")
    }

    /// All steps but the last, each of which does what it says.
    fn upgrades(&self, mut after: impl FnMut(&str)) {
        for (title, _) in self.steps.iter().filter(|(title, _)| title != "Roll back") {
            let said = self.runs(title, 0);
            let words = match title.as_str() {
                "Check the bundle" => "verified: ",
                "Install the archive" => "Installed: ",
                "Look at the database" => "preflight: ready",
                "Migrate the database" => "migrate: done",
                "Check the database" => "verify: right",
                _ => "",
            };
            assert!(said.contains(words), "{title} does not say `{words}`: {said}");
            if title == "Install the archive" {
                executable(&self.new_home().join("bin/micro-integrator.sh"), SERVER);
            }
            after(title);
        }
        assert_eq!(asked(&self.case.given.home), "stop ");
        assert_eq!(asked(&self.new_home()), "start ");
        assert!(self.case.folder.path().join("backup/old-home.tar.gz").is_file());
        assert!(self.new_home().join("conf/deployment.toml").is_file());
    }
}

/// The whole runbook on a database, back by the script, and back by the backup.
fn is_followed(book: &Book, store: &dyn Store) {
    let (shape, rows) = (store.shape(), store.rows());
    book.upgrades(|title| {
        let is_migrated = store.shape() != shape;
        match title {
            "Look at the database" | "Back up the database" => assert!(!is_migrated, "{title} changes the database"),
            "Migrate the database" => assert!(is_migrated, "{title} changes nothing"),
            _ => {}
        }
        assert_eq!(store.rows(), rows, "{title}");
    });
    assert_eq!(store.ids().len(), 70);
    assert!(store.ids().iter().all(|id| id.len() == 36));
    book.runs("Roll back", 0);
    assert_eq!(asked(&book.new_home()), "start stop ");
    let said = book.runs("Roll back", 1);
    assert!(said.contains("rollback: done"), "{said}");
    assert_eq!((store.shape(), store.rows()), (shape.clone(), rows.clone()));
    book.runs("Migrate the database", 0);
    store.done("UPDATE UM_USER SET UM_USER_PASSWORD = 'changed' WHERE UM_ID = 3; DELETE FROM UM_USER_ATTRIBUTE;");
    book.runs("Roll back", 2);
    assert_eq!((store.shape(), store.rows()), (shape, rows), "the backup brings back something else");
    assert_eq!(asked(&book.case.given.home), "stop ");
    book.runs("Roll back", 3);
    assert_eq!(asked(&book.case.given.home), "stop start ");
    let (_, blocks) = book.steps.iter().find(|(title, _)| title == "Migrate the database").expect("it");
    store.done("DROP TABLE UM_USER_ROLE;");
    let ran = book.shell(&blocks[0]);
    assert!(ran.code != Some(0) && ran.stdout.contains("refused: "), "{}", ran.stdout);
}

#[test]
fn on_postgres() {
    let Some(server) = postgres().map(Arc::new) else { return };
    let host = server.host().display().to_string();
    let url = "jdbc:postgresql://$env{DB_HOST}/mi_users";
    let Some(book) = book(url, "org.postgresql.Driver", "mi_users", &[("-h HOST", &format!("-h {host}"))]) else {
        return;
    };
    let store = OnPostgres::empty(&server, "mi_users");
    store.fill(70);
    is_followed(&book, &store);
}

#[test]
fn on_postgres_in_another_schema() {
    let Some(server) = postgres().map(Arc::new) else { return };
    let host = server.host().display().to_string();
    let url = "$env{DB_URL}?currentSchema=WSO2";
    let url = url.replace("$env{DB_URL}", "jdbc:postgresql://$env{DB_HOST}/mi_users");
    let Some(book) = book(&url, "org.postgresql.Driver", "mi_users", &[("-h HOST", &format!("-h {host}"))]) else {
        return;
    };
    let mut store = OnPostgres::empty(&server, "mi_users");
    store.done("CREATE TABLE um_user (um_id INTEGER, um_user_id INTEGER); CREATE SCHEMA wso2;");
    store.options += " -c search_path=wso2";
    store.fill(70);
    is_followed(&book, &store);
    assert_eq!(store.lines("SELECT count(*) FROM public.um_user"), ["0"], "the decoy is there");
}

#[test]
fn on_mariadb() {
    let Some(server) = mariadb().map(Arc::new) else { return };
    let url = "jdbc:mysql://$env{DB_HOST}/mi_users?useSSL=false";
    let Some(book) = book(url, "com.mysql.jdbc.Driver", "mi_users", &[("-h HOST", "-h localhost")]) else { return };
    // The option file of the user, which the clients read by themselves.
    book.case.file(".my.cnf", format!("[client]\nsocket={}\n", server.socket().display()));
    let mut store = OnMariaDb::empty(&server, "mi_users");
    store.fill(70);
    let sql = format!("SET PASSWORD FOR mi_users = PASSWORD('{PASSWORD}')");
    assert_eq!(run(server.client("root", None).args(["-e", &sql])).code, Some(0));
    store.options.push(format!("--password={PASSWORD}"));
    is_followed(&book, &store);
}

#[test]
fn on_h2() {
    let Some(jar) = h2_jar() else { return };
    let store = OnH2::empty(&jar);
    store.fill(70);
    store.done(&format!("CREATE USER mi PASSWORD '{PASSWORD}' ADMIN;"));
    let url = format!("jdbc:h2:{}", store.url());
    let filled = [("-password PASSWORD", format!("-password {PASSWORD}"))];
    let filled = filled.each_ref().map(|(word, by)| (*word, by.as_str()));
    let Some(mut book) = book(&url, "org.h2.Driver", "mi", &filled) else { return };
    let line = book.head.lines().find_map(|line| line.strip_prefix("H2_JAR=")).expect("the jar's line");
    let line = line.split(' ').next().expect("a path").to_owned();
    book.filled.insert(line, jar.display().to_string());
    is_followed(&book, &store);
}

/// A file of the home is taken along and migrated in the new home; the old one keeps its own.
#[test]
fn on_h2_in_the_home() {
    let Some(jar) = h2_jar() else { return };
    let filled = [("-password PASSWORD", format!("-password {PASSWORD}"))];
    let filled = filled.each_ref().map(|(word, by)| (*word, by.as_str()));
    let Some(mut book) = book("jdbc:h2:./repository/database/USERS", "org.h2.Driver", "mi", &filled) else { return };
    book.filled.insert("/opt/wso2mi-1.2.0/lib/H2.jar".to_owned(), jar.display().to_string());
    let store = OnH2::empty(&jar);
    store.fill(70);
    store.done(&format!("CREATE USER mi PASSWORD '{PASSWORD}' ADMIN;"));
    let old = book.case.given.home.join("repository/database");
    fs::create_dir_all(&old).expect("a folder");
    fs::copy(store.folder.path().join("store.mv.db"), old.join("USERS.mv.db")).expect("a database");
    let before = fs::read(old.join("USERS.mv.db")).expect("a database");
    book.upgrades(|_| {});
    assert!(fs::read(old.join("USERS.mv.db")).expect("it") == before, "the old home's database changes");
    let new = fs::read(book.new_home().join("repository/database/USERS.mv.db")).expect("it");
    assert!(new != before, "the new home's database is not migrated");
    book.runs("Roll back", 0);
    assert_eq!((asked(&book.new_home()), asked(&book.case.given.home)), ("start stop ".into(), "stop start ".into()));
}
