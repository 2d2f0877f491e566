//! The HL7 transport: jars that get in each other's way, and settings that do not do what they say.
//!
//! In: jars, rendered files, artifacts. Out: findings. Always: classes that are in no jar are told with those of others
//! ([`super::named_classes`]); what [`remedy`] says of them is here.
//!
//! Source: MI v4.0.0 components/business-adaptors/org.wso2.micro.integrator.business.messaging.hl7 (
//! `HL7MessageServiceComponent`, `store.jpa.JPAStore`), features/wso2mi-hl7/src/assembly/hl7-package.xml, the inbound
//! endpoint feature (hapi 2.1.0); wso2/micro-integrator#3338.

use super::class_uses;
use super::loading::{Found, Loading};
use crate::artifacts::Role;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Key;
use crate::examine::Examined;
use crate::facts::synapse::{self, CLASS_PREFIXES};
use crate::path::EntryPath;

/// The package of the Micro Integrator, and the one of EI 6.
const MI: &str = CLASS_PREFIXES[0];
const EI6: &str = CLASS_PREFIXES[1];
/// The library that both releases ship.
const HAPI: &str = "ca.uhn.hl7v2";
/// The store that keeps messages through `OpenJPA`, and a class of that.
const JPA_STORE: &str = "org.wso2.micro.integrator.business.messaging.hl7.store.jpa.JPAStore";
const OPENJPA: &str = "org.apache.openjpa.persistence.PersistenceProviderImpl";
/// The content type of HL7 messages.
const CONTENT_TYPE: &str = "application/edi-hl7";

/// Whether a class is one that the HL7 pack brings, by its name now or that of EI 6.
pub(super) fn is_of_the_pack(class: &str) -> bool {
    CLASS_PREFIXES.iter().any(|prefix| class.starts_with(prefix))
}

/// How a missing class of the pack is mended; `None` for other classes.
pub(super) fn remedy(class: &str) -> Option<String> {
    if let Some(rest) = class.strip_prefix(EI6) {
        return Some(format!("that is its name in EI 6; it is `{MI}{rest}` now, in the jars of wso2mi-hl7-4.0.0.zip"));
    }
    class.starts_with(MI).then(|| "put the two jars of wso2mi-hl7-4.0.0.zip into dropins".to_owned())
}

/// Everything about the transport.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let loading = Loading::of(examined);
    let jars = jars(examined);
    let found = [
        dead_table(examined),
        not_switched_on(examined, &jars),
        second_hapi(examined, &loading),
        in_lib(&jars),
        of_ei6(&jars),
        blocking(examined),
        message_store(examined, &loading),
    ];
    found.into_iter().flatten().collect()
}

/// The transport's own jars: path, and whether it is one of EI 6.
fn jars(examined: &Examined) -> Vec<(&EntryPath, bool)> {
    let holds = |prefix: &str, classes: &crate::classes::Index| {
        let prefix = prefix.replace('.', "/");
        classes.classes.keys().any(|class| class.starts_with(&prefix))
    };
    let of_users = examined.sound_jars().filter(|(path, _)| path.is_in("dropins") || path.is_in("lib"));
    // A wrapper that the server made of a jar in lib goes with that one.
    let of_users = of_users
        .filter(|(_, jar)| !jar.manifest.header("Bundle-ClassPath").is_some_and(|value| value.starts_with(".,")));
    let told = of_users.filter_map(|(path, jar)| {
        let is_ei6 = holds(EI6, &jar.classes);
        (is_ei6 || holds(MI, &jar.classes)).then_some((path, is_ei6))
    });
    told.collect()
}

/// Transports of the pack in a file that the server reads: their tags.
fn transports(examined: &Examined, path: &str) -> Vec<String> {
    let Some(text) = examined.text(path).map(synapse::decode) else { return Vec::new() };
    let Ok(document) = synapse::parse(&text) else { return Vec::new() };
    let transports = document.descendants().filter(|node| {
        ["transportReceiver", "transportSender"].contains(&node.tag_name().name())
            && node.attribute("class").is_some_and(is_of_the_pack)
    });
    transports.map(|node| node.tag_name().name().to_owned()).collect()
}

fn dead_table(examined: &Examined) -> Option<Diagnostic> {
    let document = &examined.configuration.as_ref()?.document;
    let setting = document.first_below(&Key::dotted("transport.hl7"))?;
    let hint = "no rule file and no template has it; [[custom_transport.listener]] and [[custom_transport.sender]] \
                switch the transport on";
    let found = Diagnostic::new(Code(614), "`[transport.hl7]` is read by nothing");
    Some(found.at_line("conf/deployment.toml", document.line(setting.place.start)).hint(hint))
}

fn not_switched_on(examined: &Examined, jars: &[(&EntryPath, bool)]) -> Option<Diagnostic> {
    let (jar, _) = jars.first()?;
    // Where nothing is rendered it cannot be told.
    examined.text("conf/axis2/axis2.xml")?;
    let document = &examined.configuration.as_ref()?.document;
    let is_dead = document.first_below(&Key::dotted("transport.hl7")).is_some();
    if is_dead || !transports(examined, "conf/axis2/axis2.xml").is_empty() {
        return None;
    }
    let hint = "where the transport is wanted, write [[custom_transport.listener]] and [[custom_transport.sender]]";
    let found = Diagnostic::new(Code(615), "the HL7 jars are there, and no setting switches the transport on");
    Some(found.at(jar).hint(hint))
}

fn second_hapi(examined: &Examined, loading: &Loading<'_>) -> Option<Diagnostic> {
    let jars = loading.users_holding(HAPI);
    let ships =
        |manifest: &crate::facts::manifest::Manifest| manifest.first_clause("Bundle-SymbolicName") == Some("hapi");
    let shipped = examined.sound_jars().find(|(path, jar)| path.is_below("wso2") && ships(&jar.manifest))?.0;
    let first = *jars.first()?;
    let hint =
        format!("HL7 messages fail with IncompatibleClassChangeError: take it out, `{shipped}` is the one to use");
    let lines = jars.iter().map(|path| format!("`{path}`"));
    Some(
        Diagnostic::new(Code(1308), "a second hapi is beside the one of the distribution")
            .at(first)
            .details(lines)
            .hint(hint),
    )
}

fn in_lib(jars: &[(&EntryPath, bool)]) -> Option<Diagnostic> {
    let (path, _) = jars.iter().find(|(path, _)| path.is_in("lib"))?;
    let hint =
        "in lib it loses the headers that register the builder and formatter of HL7 messages: put it into dropins";
    Some(Diagnostic::new(Code(1309), format!("`{path}` is the HL7 transport, and lies in lib")).at(path).hint(hint))
}

fn of_ei6(jars: &[(&EntryPath, bool)]) -> Option<Diagnostic> {
    let (path, _) = jars.iter().find(|(_, is_ei6)| *is_ei6)?;
    let hint = "use wso2mi-hl7-4.0.0.zip, and the names of its classes";
    Some(Diagnostic::new(Code(1310), format!("`{path}` is the HL7 transport of EI 6")).at(path).hint(hint))
}

fn blocking(examined: &Examined) -> Option<Diagnostic> {
    let path = "conf/axis2/axis2_blocking_client.xml";
    if transports(examined, path).is_empty() {
        return None;
    }
    let text = synapse::decode(examined.text(path)?);
    let document = synapse::parse(&text).ok()?;
    let missing = [
        ("messageBuilder", "blocking.custom_message_builders"),
        ("messageFormatter", "blocking.custom_message_formatters"),
    ]
    .into_iter()
    .filter(|(tag, _)| {
        let mut elements = document.descendants().filter(|node| node.tag_name().name() == *tag);
        !elements.any(|node| node.attribute("contentType") == Some(CONTENT_TYPE))
    })
    .map(|(_, key)| format!("`[[{key}]]` with content_type = \"{CONTENT_TYPE}\""));
    let missing: Vec<String> = missing.collect();
    let hint = "the transport registers them for calls that do not block only: write the lines given";
    let found =
        Diagnostic::new(Code(1311), "blocking calls have the HL7 transport and cannot read or write its messages");
    (!missing.is_empty()).then(|| found.at("conf/deployment.toml").details(missing).hint(hint))
}

fn message_store(examined: &Examined, loading: &Loading<'_>) -> Option<Diagnostic> {
    let mut stores = class_uses::places(examined)
        .filter(|place| place.used.role == Role::MessageStore && place.used.class == JPA_STORE)
        .peekable();
    let first = *stores.peek()?;
    // Where the store itself is in no jar, that is told.
    if !matches!(loading.find(JPA_STORE), Found::In(_))
        || !matches!(loading.find(OPENJPA), Found::Nowhere | Found::Hidden(_))
    {
        return None;
    }
    let found =
        Diagnostic::new(Code(1312), "an HL7 message store keeps its messages through OpenJPA, which is in no jar");
    let hint = "put openjpa-all-2.2.2.wso2v2.jar of wso2mi-hl7-4.0.0.zip into dropins";
    Some(found.at_place(first.path, first.own_line()).details(stores.map(|place| place.line())).hint(hint))
}

#[cfg(test)]
mod tests;
