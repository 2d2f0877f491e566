use super::*;
use crate::digest::Digest;
use crate::image::{Platform, Settings};
use crate::output::Output;
use crate::timestamp::Timestamp;
use crate::user_store::{Situation, connection};

/// A URL of each kind, with a password in it where that is possible.
const URLS: [(Database, &str); 9] = [
    (Database::Mysql, "jdbc:mysql://mi:geheim@db.corp:3307/users?password=geheim"),
    (Database::Postgres, "jdbc:postgresql://pg.corp:5433/users?currentSchema=mi&password=geheim"),
    (Database::Mssql, "jdbc:sqlserver://ms.corp\\MI;databaseName=users;password=geheim"),
    (Database::Oracle, "jdbc:oracle:thin:mi/geheim@ora.corp:1522:ORCL"),
    (Database::Oracle, "jdbc:oracle:thin:mi/geheim@//ora.corp:1522/users"),
    (Database::OracleRac, "jdbc:oracle:thin:mi/geheim@(DESCRIPTION=(ADDRESS=(HOST=a))(ADDRESS=(HOST=b)))"),
    (Database::Db2, "jdbc:db2://db2.corp:50000/USERS:currentSchema=MI;password=geheim;"),
    (Database::H2, "jdbc:h2:/srv/users;PASSWORD=geheim"),
    (Database::H2, "jdbc:h2:./repository/database/USERS;PASSWORD=geheim"),
];

fn rendered(step: Step, has_secrets: bool) -> String {
    rendered_as(step, has_secrets, &[Output::Zip], false)
}

/// What a bundle has that is written in these forms.
fn made(forms: &[Output]) -> Vec<Made> {
    let of = |kind: &Output| {
        let file = if *kind == Output::Oci { "up-oci.tar".to_owned() } else { kind.file("up") };
        let file = (*kind != Output::DockerContext).then_some(Artifact { file, size: 1, digest: Digest::of(b"x") });
        Made { kind: *kind, path: kind.file("up"), file, image: (*kind == Output::Oci).then(|| Digest::of(b"image")) }
    };
    forms.iter().map(of).collect()
}

fn rendered_as(step: Step, has_secrets: bool, forms: &[Output], has_base_image: bool) -> String {
    let plan = Plan { user_store: Situation { step, has_secrets, port_offset: Some(10) }, ..Plan::default() };
    let settings = Settings {
        name: "wso2mi-up",
        time: Timestamp::FIXED,
        platform: Platform::default(),
        ports: &[8253, 8290],
        health_port: Some(9201),
        title: "",
        version: "",
        description: "",
    };
    render(&plan, &made(forms), Image { settings: &settings, has_base_image })
}

/// The forms of images that are steps of their own, each with a base image or without.
const IMAGES: [(&[Output], bool); 4] = [
    (&[Output::Oci], true),
    (&[Output::Oci], false),
    (&[Output::DockerContext], false),
    (&[Output::DockerContext, Output::Oci], true),
];

fn migration(database: Database, url: &str) -> Step {
    let connection = Box::new(connection::connection(database, url, Some("mi")));
    Step::Jdbc(Jdbc { source: "WSO2CarbonDB".into(), database: Some(database), told_by: Some(ToldBy::Url), connection })
}

/// The `sh` blocks.
fn blocks(text: &str) -> Vec<String> {
    text.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

/// All runbooks that there are kinds of.
fn all() -> Vec<(String, String)> {
    let mut all: Vec<_> =
        URLS.iter().map(|(kind, url)| ((*url).to_owned(), rendered(migration(*kind, url), true))).collect();
    for kind in Database::ALL {
        all.push((kind.name().to_owned(), rendered(migration(kind, "$env{DB_URL}"), false)));
    }
    for (kind, url) in URLS {
        for (forms, has_base_image) in IMAGES {
            let both = [&[Output::Zip, Output::TarGz], forms].concat();
            for forms in [forms, &both] {
                let what = format!("{url} {forms:?} {has_base_image}");
                all.push((what, rendered_as(migration(kind, url), true, forms, has_base_image)));
            }
        }
    }
    all.push(("ldap".into(), rendered(Step::Ldap("WSO2CarbonDB".into()), true)));
    all.push(("none".into(), rendered(Step::None("the user store is file-based".into()), false)));
    all
}

/// That a shell parses them is seen by the tests of the whole program, which start one.
#[test]
fn every_block_has_its_quotes_in_pairs() {
    for (what, text) in all() {
        let blocks = blocks(&text);
        assert!(blocks.len() >= 8, "{what}: {text}");
        for line in blocks.iter().flat_map(|block| block.lines()) {
            let are_paired = ['"', '\''].iter().all(|quote| line.matches(*quote).count() % 2 == 0);
            assert!(are_paired && !line.contains('`'), "{what}: {line}");
        }
    }
}

#[test]
fn no_password_is_in_it_and_every_step_names_the_guide() {
    for (what, text) in all() {
        assert!(!text.contains("geheim"), "{what}: {text}");
        let steps = text.lines().filter(|line| line.starts_with("### ")).count();
        let named = text.lines().filter(|line| line.starts_with("Official guide: ")).count();
        assert!(steps >= 7 && steps == named, "{what}: {steps} steps, {named} pages");
        assert!(
            text.lines()
                .filter(|line| line.starts_with("### "))
                .enumerate()
                .all(|(at, line)| { line.starts_with(&format!("### {}. ", at + 1)) })
        );
    }
}

#[test]
fn commands_are_for_this_database() {
    for (kind, url, commands) in [
        (
            Database::Mysql,
            URLS[0].1,
            &[
                "mysql --batch --skip-column-names -h db.corp -P 3307 --user=mi --password users < preflight.sql",
                "cd \"$BUNDLE/migration-scripts/mysql\" && mysql",
            ][..],
        ),
        (
            Database::Postgres,
            URLS[1].1,
            &[
                "PGOPTIONS='-c search_path=mi' psql -X -v ON_ERROR_STOP=1 -h pg.corp -p 5433 -U mi -d users -f migrate.sql",
                "pg_dump -Fc -h pg.corp -p 5433 -U mi -d users -n mi",
            ],
        ),
        (Database::Mssql, URLS[2].1, &["sqlcmd -b -I -S 'ms.corp\\MI' -d users -U mi -i rollback.sql"]),
        (Database::Oracle, URLS[3].1, &["(HOST=ora.corp)(PORT=1522))(CONNECT_DATA=(SID=ORCL)))' @verify.sql"]),
        (Database::Oracle, URLS[4].1, &["sqlplus -L mi@//ora.corp:1522/users @migrate.sql"]),
        (Database::OracleRac, URLS[5].1, &["sqlplus -L mi@//SCAN:1521/SERVICE @migrate.sql", "cluster=n"]),
        (
            Database::Db2,
            URLS[6].1,
            &["db2 CONNECT TO USERS USER mi && db2 SET SCHEMA MI && db2 -s -td@ -f migrate.sql"],
        ),
        (
            Database::H2,
            URLS[7].1,
            &["-url \"jdbc:h2:/srv/users;IFEXISTS=TRUE\" -user mi -password PASSWORD -showResults -script migrate.sql"],
        ),
        (
            Database::H2,
            URLS[8].1,
            &[
                "cp -p \"$OLD_HOME/repository/database/USERS\".*.db \"$NEW_HOME/repository/database/\"",
                "jdbc:h2:$NEW_HOME/repository/database/USERS;IFEXISTS=TRUE",
            ],
        ),
        (
            Database::Mssql,
            "jdbc:sqlserver://ms.corp;databaseName=users;integratedSecurity=true",
            &[
                "sqlcmd -b -I -S ms.corp -d users -E -i migrate.sql",
                "-d master -S ms.corp -E -Q",
                "as a user of Windows",
            ],
        ),
        (
            Database::H2,
            "jdbc:h2:/srv/users;CIPHER=AES",
            &["-url \"jdbc:h2:/srv/users;IFEXISTS=TRUE;CIPHER=AES\" -user mi", "The file is encrypted"],
        ),
        (Database::Mysql, "", &["-h HOST --user=mi --password DATABASE < migrate.sql"]),
    ] {
        let text = rendered(migration(kind, url), false);
        for command in commands {
            assert!(text.contains(command), "{url}: no `{command}` in {text}");
        }
    }
}

#[test]
fn a_schema_that_the_pool_chooses_is_told() {
    let chosen = connection::connection(Database::Oracle, URLS[4].1, Some("mi"));
    let chosen = chosen.after(Database::Oracle, "ALTER SESSION SET CURRENT_SCHEMA = UM");
    let mut step = migration(Database::Oracle, URLS[4].1);
    assert!(!rendered(step.clone(), false).contains("initSQL"));
    if let Step::Jdbc(jdbc) = &mut step {
        *jdbc.connection = chosen;
    }
    let text = rendered(step, false);
    assert!(text.contains("chooses a schema by its `initSQL`") && text.contains("schemas=UM "), "{text}");
}

#[test]
fn the_order_is_the_one_that_keeps_data() {
    let at = |text: &str, title: &str| text.find(title).unwrap_or_else(|| panic!("no {title} in {text}"));
    let text = rendered(migration(Database::Mysql, URLS[0].1), true);
    let titles = [
        "Stop the node",
        "Back up the home",
        "Back up the database",
        "Look at the database",
        "Migrate the database",
        "Check the database",
        "Install the archive",
        "Give the password of the keystore",
        ". Start",
        ". Check\n",
        ". Roll back",
        "## Several nodes",
    ];
    assert!(titles.windows(2).all(|pair| at(&text, pair[0]) < at(&text, pair[1])), "{text}");
    // A file of the home is migrated in the new home, so that the old one stays as it was.
    let text = rendered(migration(Database::H2, URLS[8].1), false);
    assert!(at(&text, "Install the archive") < at(&text, "Take the database along"));
    assert!(at(&text, "Take the database along") < at(&text, "Migrate the database"));
    assert!(!text.contains("rollback.sql") && !text.contains("password-tmp"), "{text}");
    let text = rendered(Step::None("the user store is file-based".into()), false);
    assert!(text.contains("No step: the user store is file-based.") && !text.contains("migration-scripts"), "{text}");
    assert!(text.contains("http://localhost:9201/healthz"), "{text}");
}

/// Whether the texts stand in this order.
fn in_order(text: &str, words: &[&str]) {
    let mut rest = text;
    for word in words {
        let at = rest.find(word).unwrap_or_else(|| panic!("no `{word}` where it should be in {text}"));
        rest = &rest[at..];
    }
}

#[test]
fn every_archive_is_named_and_no_image_is_taken_for_one() {
    let none = || Step::None("the user store is file-based".into());
    let text = rendered_as(none(), false, &[Output::Zip, Output::TarGz, Output::Oci], true);
    in_order(
        &text,
        &["For `up.zip`, SHA-256 `", ", and for `up.tar.gz`, SHA-256 `", "## As a container", "up-oci.tar"],
    );
    let text = rendered_as(none(), false, &[Output::Oci], true);
    assert!(text.contains(&format!("For the image `wso2mi:up`, `sha256:{}`, in `up-oci.tar`.", Digest::of(b"image"))));
    let text = rendered_as(none(), false, &[Output::DockerContext], false);
    assert!(text.contains("For the image `wso2mi:up`, as its build context `docker-context`."), "{text}");
    for (forms, has_base_image) in IMAGES {
        let text = rendered_as(none(), true, forms, has_base_image);
        for of_an_archive in ["install.sh", "NEW_HOME", "NEW_PARENT", "password-tmp", "curl"] {
            assert!(!text.contains(of_an_archive), "{forms:?}: {of_an_archive} in {text}");
        }
    }
    assert!(!rendered(none(), true).contains("docker"));
}

#[test]
fn an_image_is_got_run_checked_and_taken_back() {
    let step = || migration(Database::Mysql, URLS[0].1);
    let from_database = ["Back up the database", "Migrate the database", "Check the database"];
    let from_start = [
        "(umask 077 && mkdir -p \"$(dirname \"$PASSWORD_FILE\")\" && touch \"$PASSWORD_FILE\")",
        "chown 802:802 \"$PASSWORD_FILE\"",
        "docker run -d --name \"$CONTAINER\" -p 8253:8253 -p 8290:8290 \\\n    -v \
         \"$PASSWORD_FILE:/home/wso2carbon/wso2mi-4.0.0/password-persist:ro\" \\\n    \"$IMAGE\"",
        "docker exec \"$CONTAINER\" /home/wso2carbon/docker-healthcheck.sh 9201",
        "docker stop \"$CONTAINER\"",
        "rollback.sql",
        "\"$OLD_HOME/bin/micro-integrator.sh\" start",
        "the former image again",
        "The image is for nodes with the same home.",
    ];
    let got: [&[&str]; 4] = [
        &[
            "IMAGE_TAR=\"$BUNDLE/up-oci.tar\"",
            "Load the image",
            "docker load -i \"$IMAGE_TAR\"",
            "skopeo copy --preserve-digests \"oci-archive:$IMAGE_TAR\" \"docker://REGISTRY/$IMAGE\"",
            "REGISTRY/wso2mi@sha256:",
        ],
        &[
            "IMAGE=wso2mi:up-with-java",
            "Build the image",
            "docker load -i \"$IMAGE_TAR\"",
            "docker build -t \"$IMAGE\" - <<'END'\nFROM BASE_IMAGE\nCOPY --from=wso2mi:up --chown=802:802 /home/wso2carbon/",
            "EXPOSE 8253 8290\nENTRYPOINT [\"/home/wso2carbon/docker-entrypoint.sh\"]\nEND\n",
        ],
        &["Build the image", "--build-arg BASE_IMAGE=BASE_IMAGE \"$BUNDLE/docker-context\"", "buildah bud"],
        &["Load the image", "docker load -i \"$IMAGE_TAR\""],
    ];
    for ((forms, has_base_image), got) in IMAGES.into_iter().zip(got) {
        let text = rendered_as(step(), true, forms, has_base_image);
        let got: Vec<&str> = got.iter().copied().filter(|word| !word.contains("IMAGE=wso2mi")).collect();
        let (head, steps) = got.split_at(usize::from(got[0].starts_with("IMAGE_TAR")));
        in_order(&text, &[head, &from_database[..], steps, &from_start[..]].concat());
        // With an archive the same texts stand at the end, and the steps stay those of the archive.
        let both = [&[Output::Zip], forms].concat();
        let text = rendered_as(step(), true, &both, has_base_image);
        in_order(&text, &["8. Install the archive", "## As a container", "**Step 8, "]);
        let (_, section) = text.split_once("## As a container").expect("a section");
        for word in steps.iter().chain(&from_start[..6]) {
            assert!(section.contains(word), "{forms:?}: no `{word}` in {section}");
        }
    }
}

#[test]
fn a_database_of_the_home_outlives_the_container() {
    let text = rendered_as(migration(Database::H2, URLS[8].1), false, &[Output::Oci], true);
    in_order(
        &text,
        &[
            "NEW_HOME=/srv/wso2mi-4.0.0",
            "docker load",
            "cp -p \"$OLD_HOME/repository/database/\"*.db \"$NEW_HOME/repository/database/\"",
            "jdbc:h2:$NEW_HOME/repository/database/USERS;IFEXISTS=TRUE",
            "chown -R 802:802 \"$NEW_HOME\"",
            "-v \"$NEW_HOME/repository/database:/home/wso2carbon/wso2mi-4.0.0/repository/database\"",
        ],
    );
    assert!(!text.contains("PASSWORD_FILE"), "{text}");
}
