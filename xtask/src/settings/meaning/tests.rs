use super::*;
use crate::effective::RuleFiles;

fn files<'a>(template: Option<&'a str>, default: Option<&'a str>) -> RuleFiles<'a> {
    let mut files = RuleFiles { default: default.map(str::as_bytes), ..RuleFiles::default() };
    if let Some(template) = template {
        files.templates.insert("conf/carbon.xml".to_owned(), template.as_bytes());
    }
    files
}

#[test]
fn the_home_tells_what_names_meant() {
    const PRIMARY: &str = "keystore.primary.file_name";
    const TRUST: &str = "truststore.file_name";
    const INTERNAL: &str = "keystore.internal.file_name";
    let old = "{{x}}<L>${carbon.home}/repository/resources/security/{{keystore.primary.file_name}}</L>\
               <L>${carbon.home}/repository/resources/security/{{ truststore.file_name }}</L>";
    let new = "{{ x }}<L>{{ keystore.primary.file_name }}</L>{{keystore.internal.alias}}{{truststore.file_name}}";
    let half = "repository/resources/security/{{keystore.primary.file_name}}{{truststore.file_name}}";
    let old_default = r#"{"keystore.primary.file_name": "wso2carbon.jks", "truststore.file_name": "t.jks"}"#;
    let new_default = r#"{"keystore.primary.file_name": "repository/x.jks", "keystore.internal.type": "JKS",
                          "truststore.file_name": "repository/t.jks"}"#;
    let on_the_way = r#"{"keystore.primary.file_name": "x.jks", "keystore.internal.file_name": "$ref{y}"}"#;
    for (template, default, names, reads_internal) in [
        (Some(old), None, vec![PRIMARY, TRUST], false),
        (Some(new), None, vec![], true),
        (Some(new), Some(old_default), vec![], true),
        (Some(half), None, vec![PRIMARY], false),
        // A template that says nothing about it.
        (Some("{{other}} {{"), Some(old_default), vec![PRIMARY, TRUST], false),
        (None, Some(new_default), vec![], true),
        (None, Some(on_the_way), vec![PRIMARY, TRUST, INTERNAL], true),
        // Nothing tells: 1.2.0 as first shipped.
        (None, Some("{}"), vec![PRIMARY, TRUST], false),
        (None, Some("no json"), vec![PRIMARY, TRUST], false),
        (None, None, vec![PRIMARY, TRUST], false),
    ] {
        let meaning = Meaning::of(&files(template, default));
        assert_eq!(meaning, Meaning { names, reads_internal }, "{template:?} {default:?}");
    }
}

#[test]
fn defaults_are_those_of_the_rule_files_else_built_in() {
    let own = files(None, Some(r#"{"truststore.type": "BKS", "keystore.internal.alias": "own"}"#));
    let old = Defaults::of_home(&own);
    assert_eq!(old.get("truststore.type"), Some("BKS"));
    assert_eq!(old.get("truststore.password"), None);
    assert_eq!(Defaults::of_fresh(&own).get("keystore.internal.alias"), Some("own"));
    let none = RuleFiles::default();
    assert_eq!(Defaults::of_home(&none).get("truststore.file_name"), Some("client-truststore.jks"));
    assert_eq!(Defaults::of_home(&none).get("keystore.internal.alias"), Some("wso2carbon"));
    assert_eq!(Defaults::of_fresh(&none).get("keystore.internal.alias"), Some("$ref{keystore.primary.alias}"));
    assert_eq!(Defaults::of_fresh(&none).get("x"), None);
}

/// Runs where the texts of both releases lie below `UPGRADE_RELEASE_FILES`.
#[test]
fn the_built_in_tables_are_those_of_the_releases() {
    let Some(releases) = crate::tests::Release::both() else { return };
    for (release, fresh) in releases.iter().zip([false, true]) {
        let files = release.rules();
        let (real, built_in) = if fresh {
            (Defaults::of_fresh(&files), Defaults::of_fresh(&RuleFiles::default()))
        } else {
            (Defaults::of_home(&files), Defaults::of_home(&RuleFiles::default()))
        };
        for (key, ..) in INTERNAL.iter().chain(&INTERNAL_APIS).chain(&STORES) {
            assert_eq!(real.get(key), built_in.get(key), "fresh: {fresh} {key}");
        }
        assert_eq!(Meaning::of(&files).reads_internal, fresh);
        assert_eq!(Meaning::of(&files).names.is_empty(), fresh);
        // No short name stands for any of these keys, so that rules can ask for them as they are.
        let mappings = String::from_utf8_lossy(files.key_mappings.expect("key-mappings.json"));
        for table in ["\"keystore.", "\"truststore.", "\"internal_api_ssl_config."] {
            assert!(!mappings.contains(table), "fresh: {fresh} {table}");
        }
    }
}
