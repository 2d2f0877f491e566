//! Classes that configuration and artifacts name, and that no jar has.
//!
//! In: the files that the server renders, with those of a deployment.toml without the user's settings; artifacts; jars.
//! Out: a finding for each class that the server cannot load. Always: what the server is shipped with is not judged; a
//! name that comes from elsewhere is none; drivers have a check of their own.
//!
//! Source: SYN v2.1.7-wso2v227 `SynapseHandlersLoader` and `XpathExtensionUtil` (both end the initialisation of the ESB
//! with an exception), MI v4.0.0 `ServiceBusInitializer`; axis2 1.6.1 `AxisConfigBuilder`.

mod configured;

use super::class_uses::{Place, places};
use super::hl7;
use super::loading::{Found, Loading, is_class_name};
use super::{missing_classes, resolution};
use crate::artifacts::{Kind, Role};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Value;
use crate::examine::{Configuration, Examined};
use crate::path::EntryPath;
use configured::Named;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

/// The file that users write settings in.
const DEPLOYMENT_TOML: &str = "conf/deployment.toml";
/// More places than these say nothing more.
const MOST_PLACES: usize = 20;

/// A longer text is not shown in full.
const LONGEST_SHOWN: usize = 200;
/// Classes of releases long gone that synapse replaces by its own, with the kind of artifact for which it does so.
///
/// Source: wso2-synapse `MessageStoreFactory.createMessageStore` with `message.store.Constants`, and
/// `MessageProcessorFactory.createMessageProcessor` with `MessageProcessorConstants` (`DEPRECATED_..`, under "Make synapse
/// configuration backward compatible").
const REPLACED: [(Kind, &str); 4] = [
    (Kind::MessageStore, "org.apache.synapse.message.store.InMemoryMessageStore"),
    (Kind::MessageStore, "org.wso2.carbon.message.store.persistence.jms.JMSMessageStore"),
    (Kind::MessageProcessor, "org.apache.synapse.message.processors.forward.ScheduledMessageForwardingProcessor"),
    (Kind::MessageProcessor, "org.apache.synapse.message.processors.sampler.SamplingProcessor"),
];

/// Why a class cannot be loaded from the jar that has it: a lower-case fragment. `None` where it can, or where that
/// cannot be told.
type Unusable<'a> = &'a dyn Fn(&EntryPath, &str) -> Option<String>;

/// Says which classes cannot be loaded.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    // Both take a while, and few ask for them.
    let unresolved = LazyCell::new(|| resolution::unresolved(examined).unwrap_or_default());
    let broken = LazyCell::new(|| missing_classes::broken_classes(examined));
    check_with(examined, &|jar, class| {
        if unresolved.contains_key(jar) {
            return Some("its bundle does not resolve".to_owned());
        }
        broken.get(class).cloned()
    })
}

/// The same with what other checks know of the classes that are there.
fn check_with(examined: &Examined, unusable: Unusable<'_>) -> Vec<Diagnostic> {
    let loading = Loading::of(examined);
    let mut found = in_configuration(examined, &loading, unusable);
    found.extend(in_artifacts(examined, &loading));
    found
}

/// The classes that the configuration names, one finding each.
fn in_configuration(examined: &Examined, loading: &Loading<'_>, unusable: Unusable<'_>) -> Vec<Diagnostic> {
    let stock = examined.configuration.as_ref().and_then(|configuration| configuration.stock.as_ref());
    let shipped: BTreeSet<String> = configured::named(|path| stock?.files.get(path).map(String::as_bytes))
        .into_iter()
        .map(|named| named.class)
        .collect();
    let mut classes: BTreeMap<String, Vec<Named>> = BTreeMap::new();
    for named in configured::named(|path| examined.text(path)) {
        if !shipped.contains(&named.class) {
            classes.entry(named.class.clone()).or_default().push(named);
        }
    }
    let configuration = examined.configuration.as_ref();
    classes.iter().filter_map(|(class, uses)| configured_class(class, uses, configuration, loading, unusable)).collect()
}

/// What there is to say of one class in the configuration.
fn configured_class(
    class: &str,
    uses: &[Named],
    configuration: Option<&Configuration>,
    loading: &Loading<'_>,
    unusable: Unusable<'_>,
) -> Option<Diagnostic> {
    let fatal = uses.iter().find(|named| named.used_as.is_fatal());
    let message = if class.is_empty() {
        // Only where the server asks for one.
        fatal.map(|named| format!("{} names no class", named.owner))?
    } else if is_class_name(class) || fatal.is_some() && !has_placeholder(class) {
        let called = called(class, fatal.is_none().then_some(uses));
        match located(class, loading) {
            Found::Unknown => return None,
            // Elsewhere the jar itself is told of.
            Found::In(jar) => {
                let why = fatal.and_then(|_| unusable(jar, class))?;
                format!("{called} cannot be loaded from `{jar}`: {why}")
            }
            Found::Hidden(why) => format!("{called} cannot be loaded: {why}"),
            Found::Nowhere => format!("{called} is in no jar"),
        }
    } else {
        return None;
    };
    let code = match (hl7::is_of_the_pack(class), fatal) {
        (true, Some(_)) => Code(1304),
        (true, None) => Code(1305),
        (false, Some(_)) => Code(1301),
        (false, None) => Code(1302),
    };
    let first = fatal.or_else(|| uses.first())?;
    let line = configuration.and_then(|configuration| line_of(configuration, class));
    let path = if line.is_some() { DEPLOYMENT_TOML } else { first.path };
    let remedy = hl7::remedy(class).unwrap_or_else(|| {
        let remedy = if class.is_empty() || is_class_name(class) {
            "put its jar into lib, or into dropins where it is a bundle; or take the setting out"
        } else {
            "write the full name of a class with its package, or take the setting out"
        };
        remedy.to_owned()
    });
    let hint = format!("{}: {remedy}", first.used_as.consequence());
    let places = uses.iter().take(MOST_PLACES).map(|named| format!("`{}`: {}", named.path, named.owner));
    Some(Diagnostic::new(code, message).at_place(path, line).details(places).hint(hint))
}

/// Where the server finds what is given as the name of a class.
fn located<'a>(class: &str, loading: &Loading<'a>) -> Found<'a> {
    // The names of files have slashes, those of classes never.
    if class.contains('/') { Found::Nowhere } else { loading.find(class) }
}

/// Whether a part of a text comes from elsewhere: `$env{..}`, `${..}`.
fn has_placeholder(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| rest.trim_start_matches(char::is_alphanumeric).starts_with('{'))
}

/// What is given as the name of a class, on one line, with what it is used as where that matters.
fn called(class: &str, uses: Option<&[Named]>) -> String {
    let mut name: String = class.chars().take(LONGEST_SHOWN).flat_map(char::escape_debug).collect();
    if class.chars().nth(LONGEST_SHOWN).is_some() {
        name.push_str("..");
    }
    match uses.and_then(<[Named]>::split_first) {
        Some((first, [])) => format!("`{name}` of {}", first.owner),
        Some((first, more)) => format!("`{name}` of {} and {} more", first.owner, more.len()),
        None => format!("`{name}`"),
    }
}

/// The line of the setting that names a class, alone or in a list.
fn line_of(configuration: &Configuration, class: &str) -> Option<usize> {
    if class.is_empty() {
        return None;
    }
    let document = &configuration.document;
    let names = |value: &Value| {
        let mut parts = value.as_str().into_iter().flat_map(|text| text.split(','));
        parts.any(|part| part.trim() == class)
    };
    let of = |value: &Value| names(value) || value.as_array().is_some_and(|values| values.iter().any(names));
    let setting = document.settings.iter().find(|setting| of(&setting.value))?;
    Some(document.line(setting.place.start))
}

/// The classes that artifacts name, one finding each.
fn in_artifacts(examined: &Examined, loading: &Loading<'_>) -> Vec<Diagnostic> {
    let mut classes: BTreeMap<&str, Vec<Place<'_>>> = BTreeMap::new();
    for place in places(examined) {
        let is_named = place.used.role != Role::JdbcDriver && is_class_name(&place.used.class);
        if is_named && !REPLACED.contains(&(place.artifact.kind, place.used.class.as_str())) {
            classes.entry(place.used.class.as_str()).or_default().push(place);
        }
    }
    let has = |class: &str| {
        let name = class.replace('.', "/");
        // The class loader of one archive is asked for the classes of another's artifacts too.
        examined.sound_packages().any(|(_, package)| package.classes.classes.contains_key(name.as_str()))
    };
    let mut found = Vec::new();
    for (class, places) in classes {
        let message = match loading.find(class) {
            _ if has(class) => continue,
            Found::In(_) | Found::Unknown => continue,
            Found::Hidden(why) => format!("`{class}` cannot be loaded: {why}"),
            Found::Nowhere => format!("`{class}` is in no jar"),
        };
        let code = if hl7::is_of_the_pack(class) { Code(1305) } else { Code(1303) };
        let remedy = hl7::remedy(class)
            .unwrap_or_else(|| "put its jar into lib, or into the carbon application that needs it".to_owned());
        let mut lines: Vec<String> = places.iter().take(MOST_PLACES).map(Place::line).collect();
        if places.len() > MOST_PLACES {
            lines.push(format!("more: {}", places.len() - MOST_PLACES));
        }
        let hint = format!("the server does not deploy what names it: {remedy}");
        let diagnostic = Diagnostic::new(code, message).details(lines).hint(hint);
        found.extend(places.first().map(|first| diagnostic.at_place(first.path, first.own_line())));
    }
    found
}

#[cfg(test)]
mod tests;
