//! Bundles of every form: each is checked, what has an archive is installed, and the runbook names what is there.

use crate::site::{HOME, Site, shells, which};
use std::fs;
use std::process::Command;
use upgrade_tests::{Case, NAME, Trees, has_tool, program, run};

#[test]
fn every_form_is_checked_without_the_tool() {
    let site = Site::packaged(&["--output", upgrade_tests::FORMS]);
    for shell in shells() {
        let ran = site.verify(shell);
        assert_eq!(ran.code, Some(0), "{shell:?}: {}", ran.stderr);
        for (name, shown) in [
            ("docker-context/.hidden", "docker-context/.hidden"),
            ("docker-context/more", "docker-context/more"),
            ("oci/.dockerignore", "oci/.dockerignore"),
            ("oci/blobs/sha256/more", "oci/blobs/sha256/more"),
            ("oci/blobs/sha256/deeper/more", "oci/blobs/sha256/deeper"),
        ] {
            let path = site.bundle.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, "x").expect("a file");
            let ran = site.verify(shell);
            assert!(ran.code == Some(4) && ran.stderr.contains(shown), "{shell:?} {name}: {}", ran.stderr);
            fs::remove_file(path).expect("a file");
            let _ = fs::remove_dir(site.bundle.join("oci/blobs/sha256/deeper"));
        }
        assert_eq!(site.verify(shell).code, Some(0), "{shell:?}: all is as it was");
    }
}

#[test]
fn the_archive_that_can_be_unpacked_is_installed() {
    if !["unzip", "tar", "gzip"].into_iter().all(has_tool) {
        return;
    }
    for (forms, tools, with) in [
        ("tar.gz", &["tar", "gzip"][..], Some("tar")),
        ("tar.gz", &["unzip"], None),
        ("zip", &["tar", "gzip"], None),
        ("zip,tar.gz", &["tar", "gzip"], Some("tar")),
        ("zip,tar.gz", &["unzip", "tar", "gzip"], Some("unzip")),
        ("tar.gz,docker-context,oci", &["unzip", "tar", "gzip"], Some("tar")),
    ] {
        let site = Site::packaged(&["--output", forms]);
        let mut command = Command::new(which("sh"));
        command.arg(site.bundle.join("install.sh")).arg(&site.parent).env("PATH", site.tools(tools));
        let ran = run(&mut command);
        let what = format!("{forms} with {tools:?}: {}{}", ran.stdout, ran.stderr);
        let Some(with) = with else {
            assert_eq!(ran.code, Some(1), "{what}");
            assert!(ran.stderr.contains("unzip, bsdtar or busybox"), "{what}");
            assert!(ran.stderr.contains("tar and gzip for a tar.gz"), "{what}");
            site.has(&[], &what);
            continue;
        };
        assert!(ran.code == Some(0) && ran.stdout.contains(&format!("with {with}.")), "{what}");
        assert!(ran.stdout.contains("Next: step "), "{what}");
        site.is_whole(&what);
        site.has(&[HOME], &what);
    }
}

#[test]
fn a_bundle_of_images_alone_says_what_to_use() {
    let tar = format!("Load the image {NAME}-oci.tar");
    for (forms, words) in [
        ("docker-context", &["Build the image from docker-context."][..]),
        ("oci", &[&tar, "The image as a layout is in oci."]),
        ("docker-context,oci", &["docker-context", &tar]),
    ] {
        let site = Site::packaged(&["--output", forms]);
        for shell in shells() {
            let ran = site.install(shell);
            assert_eq!(ran.code, Some(1), "{shell:?} {forms}: {}", ran.stderr);
            assert!(ran.stderr.contains("has no archive to install."), "{shell:?} {forms}: {}", ran.stderr);
            for word in words {
                assert!(ran.stderr.contains(word), "{shell:?} {forms}: no `{word}` in {}", ran.stderr);
            }
            site.has(&[], forms);
        }
    }
}

/// The commands of a runbook in their blocks.
fn blocks(runbook: &str) -> Vec<&str> {
    runbook.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect()
}

#[test]
fn the_runbook_of_every_form_is_a_shell_s_and_names_files_that_are_there() {
    let case = Case::of(&Trees::sample());
    // A name that a shell would take apart.
    let name = "it's \"up\" $HOME `x`";
    for forms in ["zip", "tar.gz", "docker-context", "oci", "docker-context,oci", upgrade_tests::FORMS] {
        let ran = case.package(&["--name", name, "--output", forms]);
        assert_eq!(ran.code, Some(0), "{forms}: {}", ran.stderr);
        let bundle = case.bundle().with_file_name(name);
        let verified = run(&mut program!("verify", &bundle));
        assert_eq!(verified.code, Some(0), "{forms}: {}", verified.stderr);
        let text = fs::read_to_string(bundle.join("RUNBOOK.md")).expect("a runbook");
        for block in blocks(&text) {
            let ran = run(Command::new("sh").args(["-n", "-c", block]));
            assert_eq!(ran.code, Some(0), "{forms}: {block}: {}", ran.stderr);
        }
        let has_archive = forms.contains("zip") || forms.contains("tar.gz");
        assert_eq!(text.contains("install.sh\" \"$NEW_PARENT\""), has_archive, "{forms}: {text}");
        let has_image = forms.contains("oci") || forms.contains("docker-context");
        assert_eq!(text.contains("docker run -d"), has_image, "{forms}: {text}");
        assert_eq!(text.contains("## As a container"), has_archive && has_image, "{forms}: {text}");
        assert_eq!(text.contains("$BUNDLE/docker-context\""), forms.contains("docker-context"), "{forms}: {text}");
        // The server alone is nothing to run, where there is a context too.
        let is_of_tar = forms.contains("oci") && !forms.contains("docker-context");
        assert_eq!(text.contains("IMAGE_TAR="), is_of_tar, "{forms}: {text}");
        if is_of_tar {
            let variables: String = blocks(&text)
                .into_iter()
                .filter(|block| block.contains("BUNDLE=") || block.contains("IMAGE_TAR="))
                .collect();
            let script = format!("{variables}\ntest -f \"$IMAGE_TAR\"");
            let ran = run(Command::new("sh").args(["-eu", "-c", &script]).current_dir(&bundle));
            assert_eq!(ran.code, Some(0), "{forms}: {variables}: {}", ran.stderr);
        }
    }
}
