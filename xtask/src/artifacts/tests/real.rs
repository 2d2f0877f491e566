//! Real carbon applications, whole and damaged.

use super::*;
use std::collections::BTreeSet;
use std::path::Path;

fn applications() -> Option<Vec<(String, Vec<u8>)>> {
    let folder = crate::tests::folder("UPGRADE_CARBON_APPLICATIONS")?;
    let mut found = Vec::new();
    for file in std::fs::read_dir(&folder).expect("a folder") {
        let path = file.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        if Path::new(&name).extension().is_some_and(|extension| extension == "car") {
            found.push((name, std::fs::read(&path).expect("a file")));
        }
    }
    found.sort();
    assert!(!found.is_empty());
    Some(found)
}

#[test]
fn nothing_is_wrong_with_them_that_is_not() {
    let Some(applications) = applications() else { return };
    let mut mismatches = BTreeSet::new();
    for (name, bytes) in &applications {
        let package = package_of(bytes);
        assert_eq!(package.flaws, [], "{name}");
        assert!(!package.artifacts.is_empty() && !package.name.is_empty(), "{name}");
        for (path, artifact) in &package.artifacts {
            let problem = artifact.problem.as_ref().map(|(why, _)| why.as_str());
            // A stylesheet that uses a prefix and does not declare it.
            let is_broken = path.ends_with("/config_convert_json_to_soap_xsltStyleSheet.xml");
            assert_eq!(problem, is_broken.then_some("does not declare the prefix `soapenv`"), "{name} {path}");
            mismatches.extend(artifact.mismatch.as_ref().map(|_| format!("{name} {path}")));
        }
    }
    // Its endpoint has no namespace: it was made to fail at the server.
    let expected = "SynchroDepInValidCarApp_1.0.0.car StockQuoteServiceEp1_1.0.0/StockQuoteServiceEp1-1.0.0.xml";
    assert_eq!(mismatches, BTreeSet::from([expected.to_owned()]));
}

fn is_told(bytes: &[u8], before: &[String]) -> bool {
    match package(PackageKind::CarbonApplication, Cursor::new(bytes)) {
        Err(_) => true,
        Ok(package) => !package.flaws.is_empty() || told(&package) != before,
    }
}

/// What a person would see of it but flaws.
fn told(package: &Package) -> Vec<String> {
    let told = |(path, found): (&String, &Artifact)| format!("{path} {:?} {:?}", found.mismatch, found.problem);
    package.artifacts.iter().map(told).collect()
}

#[test]
fn cuts_are_told_wherever_they_are() {
    let Some(applications) = applications() else { return };
    for (name, bytes) in &applications {
        for length in (0..bytes.len()).step_by(37) {
            let outcome = package(PackageKind::CarbonApplication, Cursor::new(&bytes[..length]));
            assert!(outcome.is_err(), "{name} cut to {length}");
        }
    }
}

#[test]
fn a_flipped_byte_of_any_content_is_told() {
    let Some(applications) = applications() else { return };
    for (name, bytes) in &applications {
        let before = told(&package_of(bytes));
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
        let ranges: Vec<_> = (0..archive.len())
            .filter_map(|index| {
                let entry = archive.by_index(index).expect("an entry");
                // Some have bytes for their folders, which nobody reads.
                let entry = (!entry.is_dir()).then_some(entry)?;
                let start = usize::try_from(entry.data_start()?).ok()?;
                Some(start..start + usize::try_from(entry.compressed_size()).ok()?)
            })
            .filter(|range| !range.is_empty())
            .collect();
        for range in ranges {
            // Not the last byte, some bits of which belong to nothing.
            for tenth in 0..10 {
                let place = range.start + range.len() * tenth / 10;
                let mut flipped = bytes.clone();
                flipped[place] ^= 0x5A;
                assert!(is_told(&flipped, &before), "{name} at {place}");
            }
        }
    }
}

#[test]
fn an_entry_that_is_gone_is_told() {
    let Some(applications) = applications() else { return };
    let mut quiet = BTreeSet::new();
    for (name, bytes) in &applications {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
        for gone in 0..archive.len() {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            let mut removed = String::new();
            for index in 0..archive.len() {
                let entry = archive.by_index_raw(index).expect("an entry");
                if index == gone {
                    removed = entry.name().expect("a name").into_owned();
                } else {
                    writer.raw_copy_file(entry).expect("memory holds it");
                }
            }
            let rest = writer.finish().expect("memory holds it").into_inner();
            if package_of(&rest).flaws.is_empty() {
                quiet.insert(format!("{name} {removed}"));
            }
        }
    }
    // Folders that hold nothing, and those that the entry of a folder in them makes too.
    let harmless = ["esb-deployment-car_1.0.0.car ", "templateEndpointInRegistryTestCapp_1.0.0.car "];
    let is_harmless = |line: &String| line.ends_with('/') && harmless.iter().any(|name| line.starts_with(name));
    assert!(quiet.iter().all(is_harmless), "{quiet:?}");
}
