//! What a carbon application deploys: its registry resources, and its uses of the HL7 transport.
//!
//! In: a `.car` that can be read and sought. Out: [`CarbonApplicationFacts`] and the uses, or a lower-case fragment
//! that says why the server would not deploy it. Always: bounded memory and time.
//!
//! Source of the layout: MI v4.0.0 (the same in v1.2.0) `AppDeployerUtils`, `ApplicationConfiguration` and
//! `FileRegistryResourceDeployer`. `artifacts.xml` names the artifacts; each has a folder with an `artifact.xml`;
//! that of a registry resource names one file, which lists `<item>`s (a file and the registry folder that it goes
//! to) and `<collection>`s; the contents lie in `resources/` beside it.

pub mod description;

use crate::digest::{self, Digest};
use crate::facts::jar::{bounded, fragment};
use crate::facts::synapse;
use crate::inventory::CarbonApplicationFacts;
use description::{Listed, as_the_server_writes, registry_paths};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};
use zip::ZipArchive;

/// A description or a synapse artifact larger than this is passed over.
const LARGEST_XML: u64 = 8 << 20;
/// No more than this is read of all synapse artifacts together.
const LARGEST_XML_TOTAL: u64 = 256 << 20;
/// No more than this is read of all registry resources together.
const LARGEST_RESOURCES: u64 = 2 << 30;
/// No more registry resources than this are told apart.
const MOST_RESOURCES: usize = 20_000;

/// Reads a carbon application.
///
/// A path of the registry may be listed more than once: with the digest of the file in the application, and with
/// that of the text as the server writes it (each line ended by LF, `FileRegistryResourceDeployer`). A file of a
/// `<collection>` has no digest: 1.2.0 does not deploy collections at all.
pub fn read<R: Read + Seek>(reader: R) -> Result<(CarbonApplicationFacts, Vec<String>), String> {
    let mut archive = ZipArchive::new(reader).map_err(|error| fragment(&error))?;
    let mut names: Vec<String> =
        archive.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    names.sort();
    let mut application = Application { archive: &mut archive, resources_left: LARGEST_RESOURCES };
    let wanted = application.dependencies()?;
    let mut registry = BTreeSet::new();
    for name in &names {
        let Some(folder) = name.strip_suffix("/artifact.xml").filter(|folder| !folder.contains('/')) else { continue };
        application.registry_artifact(folder, &wanted, &names, &mut registry)?;
    }
    let hl7_uses = application.hl7_uses(&names)?;
    Ok((CarbonApplicationFacts { registry: registry.into_iter().collect() }, hl7_uses))
}

struct Application<'a, R> {
    archive: &'a mut ZipArchive<R>,
    resources_left: u64,
}

impl<R: Read + Seek> Application<'_, R> {
    /// The names and versions of the artifacts that the application asks for: no other is deployed.
    fn dependencies(&mut self) -> Result<BTreeSet<(String, String)>, String> {
        // 4.0.0 prefers `metadata.xml`, 1.2.0 does not know it; it says the same where tools wrote it.
        let text = self.text("artifacts.xml")?.ok_or_else(|| "holds no `artifacts.xml`".to_owned())?;
        let document = synapse::parse(&text).map_err(|_| "has an `artifacts.xml` that is no sound XML".to_owned())?;
        let dependencies = description::dependencies(document.root_element());
        Ok(dependencies.into_iter().map(|found| (found.name, found.version)).collect())
    }

    /// Adds what the artifact in a folder deploys to the registry, if it is asked for and deploys anything there.
    fn registry_artifact(
        &mut self,
        folder: &str,
        wanted: &BTreeSet<(String, String)>,
        names: &[String],
        registry: &mut BTreeSet<(String, Option<Digest>)>,
    ) -> Result<(), String> {
        let Some(text) = self.text(&format!("{folder}/artifact.xml"))? else { return Ok(()) };
        let Ok(document) = synapse::parse(&text) else { return Ok(()) };
        let artifact = description::artifact(document.root_element());
        if artifact.kind.as_deref() != Some("registry/resource") || !wanted.contains(&(artifact.name, artifact.version))
        {
            return Ok(());
        }
        let Some(list) = artifact.files.first().filter(|list| !list.is_empty()) else { return Ok(()) };
        let Some(text) = self.text(&format!("{folder}/{list}"))? else { return Ok(()) };
        let Ok(document) = synapse::parse(&text) else { return Ok(()) };
        for listed in description::registry_list(document.root_element()) {
            if registry.len() >= MOST_RESOURCES {
                break;
            }
            match listed {
                Listed::Item { file, place } => {
                    let content = format!("{folder}/resources/{file}");
                    // The server tells of a missing file in its log, and deploys nothing.
                    let Some(digests) = self.digests(&content)? else { continue };
                    for path in registry_paths(&place, &file) {
                        registry.extend(digests.iter().map(|digest| (path.clone(), Some(*digest))));
                    }
                }
                Listed::Collection { directory, place } => {
                    for file in in_collection(names, folder, &directory) {
                        registry.extend(registry_paths(&place, file).into_iter().map(|path| (path, None)));
                    }
                }
            }
        }
        Ok(())
    }

    /// The digest of a file as it is, and as the server writes it; `None` where there is no such file.
    fn digests(&mut self, name: &str) -> Result<Option<Vec<Digest>>, String> {
        let Some(index) = self.archive.index_for_name(name) else { return Ok(None) };
        let mut entry = self.archive.by_index(index).map_err(|error| fragment(&error))?;
        let size = entry.size();
        if size > self.resources_left {
            return Err("holds registry resources of more than 2 GiB".to_owned());
        }
        let problem = |error| format!("cannot be read at `{name}`: {error}");
        if size > LARGEST_XML {
            let fingerprint = digest::fingerprint((&mut entry).take(self.resources_left)).map_err(problem)?;
            self.resources_left = self.resources_left.saturating_sub(fingerprint.size);
            return Ok(Some(vec![fingerprint.digest]));
        }
        let bytes = bounded(&mut entry, LARGEST_XML)?;
        self.resources_left = self.resources_left.saturating_sub(bytes.len() as u64);
        let mut digests = vec![Digest::of(&bytes)];
        digests.extend(as_the_server_writes(&bytes).map(|text| Digest::of(text.as_bytes())));
        Ok(Some(digests))
    }

    /// The uses of the HL7 transport in all XML files of it.
    fn hl7_uses(&mut self, names: &[String]) -> Result<Vec<String>, String> {
        let mut uses = Vec::new();
        let mut left = LARGEST_XML_TOTAL;
        for name in names.iter().filter(|name| is_xml(name)) {
            let Some(index) = self.archive.index_for_name(name) else { continue };
            let mut entry = self.archive.by_index(index).map_err(|error| fragment(&error))?;
            if entry.size() > LARGEST_XML || entry.size() > left {
                continue;
            }
            let bytes = bounded(&mut entry, LARGEST_XML)?;
            left = left.saturating_sub(bytes.len() as u64);
            for found in synapse::hl7_uses(&bytes) {
                if !uses.contains(&found) && uses.len() < MOST_RESOURCES {
                    uses.push(found);
                }
            }
        }
        Ok(uses)
    }

    /// The text of a description; `None` where there is no such entry.
    fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(index) = self.archive.index_for_name(name) else { return Ok(None) };
        let mut entry = self.archive.by_index(index).map_err(|error| fragment(&error))?;
        Ok(Some(synapse::decode(&bounded(&mut entry, LARGEST_XML)?)))
    }
}

fn is_xml(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension == "xml")
}

/// The files of a `<collection>`, by their path in its folder. Companions that hold media types are read, not deployed.
pub fn in_collection<'a>(names: &'a [String], folder: &str, directory: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("{folder}/resources/{}/", directory.trim_matches('/'));
    let files = names.iter().filter_map(move |name| name.strip_prefix(start.as_str()));
    files.filter(|file| !file.is_empty() && !file.ends_with('/') && !file.split('/').any(|part| part == ".meta"))
}

/// The paths alone, each once, for callers that do not compare contents.
pub fn registry_names(facts: &CarbonApplicationFacts) -> BTreeMap<&str, Vec<Digest>> {
    let mut names: BTreeMap<&str, Vec<Digest>> = BTreeMap::new();
    for (path, digest) in &facts.registry {
        names.entry(path).or_default().extend(digest);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::jar::tests::zip;
    use std::io::Cursor;

    const DEPENDENCY: &str = r#"<?xml version="1.0" encoding="UTF-8"?><artifacts>
        <artifact name="app" version="1.0.0" type="carbon/application">
        <dependency artifact="res" version="1.0.0" include="true" serverRole="EnterpriseServiceBus"/>
        </artifact></artifacts>"#;
    const ARTIFACT: &str =
        r#"<artifact name="res" version="1.0.0" type="registry/resource"><file>registry-info.xml</file></artifact>"#;

    fn application(info: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
        let mut entries: Vec<(&str, &[u8])> = vec![
            ("artifacts.xml", DEPENDENCY.as_bytes()),
            ("res_1.0.0/artifact.xml", ARTIFACT.as_bytes()),
            ("res_1.0.0/registry-info.xml", info.as_bytes()),
        ];
        entries.extend(more);
        zip(&entries)
    }

    #[test]
    fn items_lie_where_each_release_puts_them() {
        for (place, file, paths) in [
            ("/_system/governance/xslt", "a.xslt", vec!["registry/governance/xslt/a.xslt"]),
            ("/_system/config/EP/testEP1", "testEP1.xml", vec!["registry/config/EP/testEP1/testEP1.xml"]),
            ("/_system/config", "rule.drl", vec!["registry/config/rule.drl"]),
            ("/_system/local/c/", "x", vec!["registry/governance/_system/local/c/x", "registry/local/c/x"]),
            ("/custom", "x", vec!["registry/governance/custom/x"]),
            ("/_system/governance/..", "x", vec![]),
            ("/_system/governance", "Länder codes.xml", vec!["registry/governance/Länder codes.xml"]),
        ] {
            assert_eq!(registry_paths(place, file), paths, "{place} {file}");
        }
    }

    #[test]
    fn a_resource_is_listed_as_it_is_and_as_the_server_writes_it() {
        let info = "<resources><item><file>a.txt</file><path>/_system/governance/p</path><mediaType>text/plain</mediaType></item>\
            <item><file>missing.txt</file><path>/_system/governance/p</path></item></resources>";
        let car = application(info, &[("res_1.0.0/resources/a.txt", b"1\r\n2")]);
        let (facts, uses) = read(Cursor::new(car)).expect("an application");
        let names = registry_names(&facts);
        assert_eq!(names.keys().copied().collect::<Vec<_>>(), ["registry/governance/p/a.txt"]);
        let digests = &names["registry/governance/p/a.txt"];
        assert!(digests.contains(&Digest::of(b"1\r\n2")) && digests.contains(&Digest::of(b"1\n2\n")));
        assert!(uses.is_empty());
    }

    #[test]
    fn a_collection_lists_its_files_without_digests() {
        let info =
            "<resources><collection><directory>d</directory><path>/_system/config/d</path></collection></resources>";
        let car = application(
            info,
            &[
                ("res_1.0.0/resources/d/", b""),
                ("res_1.0.0/resources/d/a/b.txt", b"1"),
                ("res_1.0.0/resources/d/a/.meta/~b.txt.xml", b"<m/>"),
                ("res_1.0.0/resources/dx.txt", b"2"),
            ],
        );
        let (facts, _) = read(Cursor::new(car)).expect("an application");
        assert_eq!(facts.registry, [("registry/config/d/a/b.txt".to_owned(), None)]);
    }

    #[test]
    fn an_artifact_that_is_not_asked_for_deploys_nothing() {
        let info = "<resources><item><file>a</file><path>/_system/config</path></item></resources>";
        let car = zip(&[
            (
                "artifacts.xml",
                b"<artifacts><artifact><dependency artifact='res' version='2.0.0'/></artifact></artifacts>",
            ),
            ("res_1.0.0/artifact.xml", ARTIFACT.as_bytes()),
            ("res_1.0.0/registry-info.xml", info.as_bytes()),
            ("res_1.0.0/resources/a", b"1"),
        ]);
        assert_eq!(read(Cursor::new(car)).expect("an application").0, CarbonApplicationFacts::default());
    }

    #[test]
    fn uses_of_hl7_are_collected_from_all_artifacts() {
        let car = zip(&[
            ("artifacts.xml", DEPENDENCY.as_bytes()),
            ("P_1.0.0/P-1.0.0.xml", br#"<proxy name="P" transports="hl7"/>"#),
            ("I_1.0.0/I-1.0.0.xml", br#"<inboundEndpoint name="I" protocol="hl7"/>"#),
            ("B_1.0.0/broken.xml", b"<proxy"),
        ]);
        let (_, uses) = read(Cursor::new(car)).expect("an application");
        assert_eq!(uses, ["proxy `P` listens on `hl7`"]);
    }

    #[test]
    fn what_no_server_deploys_is_refused() {
        for (bytes, fragment) in [
            (b"no zip".to_vec(), "is no "),
            (zip(&[("x", b"")]), "holds no `artifacts.xml`"),
            (zip(&[("artifacts.xml", b"<artifacts>")]), "has an `artifacts.xml` that is no sound XML"),
        ] {
            let message = read(Cursor::new(bytes)).expect_err("no application");
            assert!(message.starts_with(fragment), "{message}");
        }
    }

    #[test]
    fn no_cut_and_no_flipped_byte_makes_it_panic() {
        let info = "<resources><item><file>a</file><path>/_system/config</path></item></resources>";
        let car = application(info, &[("res_1.0.0/resources/a", b"1")]);
        for place in 0..car.len() {
            let cut = car.get(..place).map(|bytes| read(Cursor::new(bytes)));
            assert!(cut.is_some_and(|outcome| outcome.is_err()), "cut to {place}");
            let mut flipped = car.clone();
            flipped[place] ^= 0x55;
            if let Err(message) = read(Cursor::new(flipped)) {
                assert!(message.starts_with(char::is_lowercase), "{message}");
            }
        }
    }

    #[test]
    fn real_carbon_applications_are_read() {
        let Some(folder) = crate::tests::folder("UPGRADE_CARBON_APPLICATIONS") else { return };
        let files = std::fs::read_dir(&folder).expect("a folder");
        let mut registry = BTreeSet::new();
        let mut read_applications = 0;
        for file in files {
            let path = file.expect("a listing").path();
            let (facts, uses) = read(std::fs::File::open(&path).expect("a file")).expect("an application");
            assert!(uses.is_empty(), "{uses:?}");
            registry.extend(facts.registry.into_iter().map(|(path, _)| path));
            read_applications += 1;
        }
        assert!(read_applications > 0);
        for path in [
            "registry/config/EP/testEP1/testEP1.xml",
            "registry/config/EP/testEPTemplate/testEPTemplate.xml",
            "registry/config/rule.drl",
            "registry/governance/datamapper/config_convert_soap_to_json.dmc",
        ] {
            assert!(registry.contains(path), "{path} of {registry:?}");
        }
        assert_eq!(registry.len(), 11);
    }
}
