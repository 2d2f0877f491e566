//! Every form of the result is the same tree, for whatever reads it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use upgrade_tests::forms::{MADE, done, names, tool, tree};
use upgrade_tests::{Case, FORMS, NAME, TOP, files_in, has_tool, program, run};

/// Lists a tar: kind, mode, owner, size, name.
const PYTHON: &str = "\
import sys, tarfile
archive = tarfile.open(sys.argv[1], 'r:*')
for entry in archive:
    assert entry.mtime == 315532800 + 31 * 86400, entry.name
    if entry.isfile():
        archive.extractfile(entry).read()
    print(entry.name + ('/' if entry.isdir() else ''))
";

const PERL: &str = "\
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
my $out;
gunzip $ARGV[0] => \\$out or die $GunzipError;
binmode STDOUT;
print $out;
";

const GO: &str = "\
package main

import (
\t\"archive/tar\"
\t\"archive/zip\"
\t\"compress/gzip\"
\t\"fmt\"
\t\"io\"
\t\"os\"
\t\"strings\"
)

func check(err error) {
\tif err != nil {
\t\tpanic(err)
\t}
}

func main() {
\tif strings.HasSuffix(os.Args[1], \".zip\") {
\t\tarchive, err := zip.OpenReader(os.Args[1])
\t\tcheck(err)
\t\tfor _, entry := range archive.File {
\t\t\treader, err := entry.Open()
\t\t\tcheck(err)
\t\t\t_, err = io.Copy(io.Discard, reader)
\t\t\tcheck(err)
\t\t\tfmt.Println(entry.Name)
\t\t}
\t\treturn
\t}
\tfile, err := os.Open(os.Args[1])
\tcheck(err)
\tpacked, err := gzip.NewReader(file)
\tcheck(err)
\tpacked.Multistream(false)
\tarchive := tar.NewReader(packed)
\tfor {
\t\tentry, err := archive.Next()
\t\tif err == io.EOF {
\t\t\tbreak
\t\t}
\t\tcheck(err)
\t\t_, err = io.Copy(io.Discard, archive)
\t\tcheck(err)
\t\tfmt.Println(entry.Name)
\t}
}
";

#[test]
fn every_reader_that_is_installed_accepts_the_tar_gz() {
    let archive = MADE.tar_gz();
    let archive = archive.to_str().expect("UTF-8");
    let names = names();
    let readers: [(&str, &[&str]); 5] = [
        ("tar", &["--quoting-style=literal", "-tzf"]),
        ("bsdtar", &["-tf"]),
        ("busybox", &["tar", "-tzf"]),
        ("python3", &["-c", PYTHON]),
        ("7zz", &["t", "-bso0"]),
    ];
    for (name, arguments) in readers {
        if !has_tool(name) {
            continue;
        }
        let ran = tool(name, &[arguments, &[archive]].concat());
        done(&ran, name);
        if name != "7zz" {
            assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), names, "{name}");
        }
    }
    if has_tool("gzip") {
        done(&tool("gzip", &["-t", archive]), "gzip");
    }
    if has_tool("pigz") {
        done(&tool("pigz", &["-t", archive]), "pigz");
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(File::open(archive).expect("it is there"))
        .read_to_end(&mut plain)
        .expect("one member");
    if has_tool("perl") {
        let out = Command::new("perl").args(["-e", PERL, archive]).output().expect("it starts");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(out.stdout == plain, "perl unpacks something else");
    }
}

#[test]
fn java_reads_the_one_member_of_the_tar_gz() {
    if !has_tool("java") || !has_tool("javac") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("Read.java");
    let text = "import java.io.*; import java.util.zip.*; public class Read { public static void main(String[] a) throws \
                Exception { try (InputStream in = new GZIPInputStream(new FileInputStream(a[0]))) { \
                in.transferTo(System.out); } } }";
    fs::write(&source, text).expect("a file");
    let out = Command::new("java").arg(&source).arg(MADE.tar_gz()).output().expect("it starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(File::open(MADE.tar_gz()).expect("it is there"))
        .read_to_end(&mut plain)
        .expect("whole");
    assert!(out.stdout == plain, "java unpacks something else");
}

#[test]
fn go_reads_both_archives() {
    if !has_tool("go") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("read.go");
    fs::write(&source, GO).expect("a file");
    for archive in [MADE.zip(), MADE.tar_gz()] {
        let ran = run(Command::new("go").arg("run").arg(&source).arg(&archive).env("GOFLAGS", "-mod=mod"));
        done(&ran, "go");
        assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), names(), "{}", archive.display());
    }
}

#[cfg(unix)]
#[test]
fn both_archives_unpack_to_the_same_tree() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut trees = BTreeMap::new();
    let (zip, tar_gz) = (MADE.zip(), MADE.tar_gz());
    let unpackers: [(&str, &[&str], &Path); 4] = [
        ("unzip", &["-qq"], &zip),
        ("tar", &["--no-same-owner", "-xpzf"], &tar_gz),
        ("bsdtar", &["--no-same-owner", "-xpf"], &tar_gz),
        ("busybox", &["tar", "-xpozf"], &tar_gz),
    ];
    for (name, arguments, archive) in unpackers {
        if !has_tool(name) {
            continue;
        }
        let place = folder.path().join(name);
        fs::create_dir(&place).expect("a folder");
        let ran = run(Command::new(name).args(arguments).arg(archive).current_dir(&place).env("LC_ALL", "C.UTF-8"));
        done(&ran, name);
        trees.insert(name, tree(&place.join(TOP)));
    }
    let Some((first, expected)) = trees.first_key_value() else { return };
    assert_eq!(expected.len(), names().len());
    for (name, tree) in &trees {
        assert!(tree == expected, "{name} and {first} unpack different trees");
    }
}

#[test]
fn each_form_alone_is_a_whole_bundle_with_the_same_bytes() {
    let all = files_in(&MADE.case.bundle());
    for form in FORMS.split(',') {
        let case = Case::with(MADE.case.given.clone());
        let policy = fs::read_to_string(MADE.file("policy.toml")).expect("it is there");
        let ran = case.run("package", Some(&policy), &["--output", form]);
        done(&ran, form);
        let verified = run(&mut program!("verify", case.bundle()));
        done(&verified, form);
        let is_of_form = |name: &str| match form {
            "zip" => name == format!("{NAME}.zip"),
            "tar.gz" => name == format!("{NAME}.tar.gz"),
            "docker-context" => name.starts_with("docker-context/"),
            _ => name.starts_with("oci/") || name == format!("{NAME}-oci.tar"),
        };
        let alone = files_in(&case.bundle());
        let of_form: Vec<_> = all.iter().filter(|(name, _)| is_of_form(name)).collect();
        assert!(!of_form.is_empty(), "{form}");
        for (name, bytes) in of_form {
            assert!(alone.get(name) == Some(bytes), "{form}: {name} is otherwise beside the others");
        }
        let others = FORMS.split(',').filter(|other| *other != form);
        for other in others {
            let present = alone.keys().any(|name| match other {
                "docker-context" | "oci" => name.starts_with(&format!("{other}/")),
                _ => *name == format!("{NAME}.{other}"),
            });
            assert!(!present, "{form} brings {other}");
        }
    }
}
