//! The HL7 transport: classes that EI 6 named otherwise, and a transport that is not switched on.
//!
//! In: the user's settings. Out: the same with the names of the Micro Integrator. Always: a transport is never put in;
//! the classes of the HL7 inbound endpoint keep their names.

use super::super::draft::Draft;
use super::super::told::{self, MOST_LINES};
use super::super::{leaves, read};
use super::Rule;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Step};
use crate::facts::synapse::CLASS_PREFIXES;

/// The package of the Micro Integrator, and the one of EI 6.
const MI: &str = CLASS_PREFIXES[0];
const EI6: &str = CLASS_PREFIXES[1];

/// What switches the transport on.
const LINES: [&str; 6] = [
    "[[custom_transport.listener]]",
    "class = \"org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportListener\"",
    "protocol = \"hl7\"",
    "[[custom_transport.sender]]",
    "class = \"org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportSender\"",
    "protocol = \"hl7\"",
];

pub(super) const RULE: Rule = Rule {
    name: "hl7",
    what: "classes of the HL7 transport get the names of the Micro Integrator; what does not switch it on is told",
    source: "MI v4.0.0 components/business-adaptors/org.wso2.micro.integrator.business.messaging.hl7; \
             templates/conf/axis2/axis2.xml.j2 (custom_transport); docs-apim: configuring the HL7 transport",
    apply,
};

fn apply(draft: &mut Draft<'_>) {
    classes(draft);
    if !dead_table(draft) {
        missing_transport(draft);
    }
}

/// Gives the classes of EI 6 their names in the Micro Integrator.
fn classes(draft: &mut Draft<'_>) {
    let found: Vec<_> = draft
        .ours
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), leaves::with_strings(value, &renamed)?)))
        .filter(|(key, _)| !draft.is_kept(key))
        .collect();
    let Some(first) = found.first().map(|(key, _)| key.clone()) else { return };
    let mut details = Vec::new();
    let count = found.len();
    for (key, value) in found {
        // An element that is known by this very class would no longer be found.
        let names_itself =
            key.steps().iter().any(|step| matches!(step, Step::Element { is, .. } if renamed(is).is_some()));
        if details.len() < MOST_LINES {
            let at = told::at(draft.line(&key));
            let left =
                if names_itself { ": not changed, nothing else tells the element; change it by hand" } else { "" };
            details.push(format!("{at}`{key}`{left}"));
        }
        if !names_itself {
            draft.translate(&key, value, RULE.name, "the class has another name since EI 6");
        }
    }
    if count > details.len() {
        details.push(format!("more: {}", count - details.len()));
    }
    draft.say(
        &first,
        Diagnostic::new(Code(613), "classes of the HL7 transport have the names of EI 6")
            .details(details)
            .hint(format!("`{EI6}` was replaced by `{MI}`")),
    );
}

/// The text with every class of EI 6 by its new name, where it has one.
fn renamed(text: &str) -> Option<String> {
    let mut new = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(EI6) {
        // Part of a longer name is another name.
        let starts = !before.ends_with(|last: char| last.is_alphanumeric() || "_$.".contains(last));
        new.push_str(before);
        new.push_str(if starts { MI } else { EI6 });
        rest = after;
    }
    new.push_str(rest);
    (new != text).then_some(new)
}

/// Tells of a `[transport.hl7]`. Whether there is one.
fn dead_table(draft: &mut Draft<'_>) -> bool {
    let dead = draft.ours_below(&Key::dotted("transport.hl7"));
    let Some(first) = dead.first().cloned() else { return false };
    let found = Diagnostic::new(Code(614), "`[transport.hl7]` is read by nothing");
    let found = if is_on(draft) {
        found.hint("`[[custom_transport.*]]` switches the HL7 transport on: the table can go")
    } else {
        found
            .details(LINES.map(str::to_owned))
            .hint("it is kept as it is; to switch the HL7 transport on, write the lines given into deployment.toml")
    };
    draft.say(&first, found);
    true
}

/// Tells of jars without a transport.
fn missing_transport(draft: &mut Draft<'_>) {
    if draft.home.has_hl7 && !is_on(draft) {
        draft.say(
            &Key::dotted("custom_transport"),
            Diagnostic::new(Code(615), "the HL7 jars are there, and no setting switches the transport on")
                .details(LINES.map(str::to_owned))
                .hint("write the lines given into deployment.toml if the transport is wanted; nothing was put in"),
        );
    }
}

/// Whether a custom transport, also one of the blocking client, is an HL7 one.
fn is_on(draft: &Draft<'_>) -> bool {
    let values = draft.ours.iter().flat_map(|(key, value)| leaves::leaves(key, value));
    values.into_iter().any(|(key, value)| read::hl7_transport(&key, value).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Home;
    use crate::settings::rules::drafts_for_tests::apply;

    fn home(has_hl7: bool) -> Home<'static> {
        Home { has_hl7, ..Home::default() }
    }

    #[test]
    fn classes_of_ei_6_get_their_new_names() {
        let toml = "[[custom_transport.listener]]\n\
                    class = \"org.wso2.carbon.business.messaging.hl7.transport.HL7TransportListener\"\n\
                    protocol = \"hl7\"\n\
                    [[blocking.custom_message_builders]]\n\
                    content_type = \"application/edi-hl7\"\n\
                    class = 'org.wso2.carbon.business.messaging.hl7.message.HL7MessageBuilder'\n\
                    [a]\n\
                    inbound = \"org.wso2.carbon.inbound.endpoint.protocol.hl7.X\"\n\
                    other = \"com.org.wso2.carbon.business.messaging.hl7.X\"\n\
                    list = ['x', 'y,org.wso2.carbon.business.messaging.hl7.Z']\n";
        let applied = apply(&RULE, toml, &home(true), "");
        assert_eq!(
            applied.settings(),
            [
                "custom_transport.listener[protocol=hl7].class = \
             org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportListener",
                "custom_transport.listener[protocol=hl7].protocol = hl7",
                "blocking.custom_message_builders[content_type=application/edi-hl7].content_type = application/edi-hl7",
                "blocking.custom_message_builders[content_type=application/edi-hl7].class = \
             org.wso2.micro.integrator.business.messaging.hl7.message.HL7MessageBuilder",
                "a.inbound = org.wso2.carbon.inbound.endpoint.protocol.hl7.X",
                "a.other = com.org.wso2.carbon.business.messaging.hl7.X",
                "a.list = Array([String(\"x\"), String(\"y,org.wso2.micro.integrator.business.messaging.hl7.Z\")])",
            ]
        );
        assert_eq!(applied.codes(), [613]);
        assert!(
            applied.said().contains("line 2: `custom_transport.listener[protocol=hl7].class`"),
            "{}",
            applied.said()
        );
        let decide = "settings.decide.a = \"customised\"";
        assert_eq!(apply(&RULE, toml, &home(true), decide).changes.len(), 2);
    }

    #[test]
    fn elements_that_nothing_tells_apart_are_changed_as_a_whole() {
        let toml = "[[custom_transport.sender]]\nprotocol = 'hl7'\nx = 1\n[[custom_transport.sender]]\n\
                    protocol = 'hl7'\nx = 1\nclass = 'org.wso2.carbon.business.messaging.hl7.T'\n";
        let applied = apply(&RULE, toml, &home(true), "");
        assert_eq!((applied.changes.len(), applied.codes()), (1, vec![613]));
        assert!(applied.settings()[0].contains("org.wso2.micro.integrator.business.messaging.hl7.T"));
        // The class itself is the name of the element.
        let toml = "[[x]]\nclass = 'org.wso2.carbon.business.messaging.hl7.T'\n";
        let applied = apply(&RULE, toml, &home(false), "");
        assert!(applied.changes.is_empty() && applied.said().contains("change it by hand"), "{}", applied.said());
    }

    #[test]
    fn a_table_that_nothing_reads_is_told_once() {
        let toml = "[server]\nhostname = 'x'\n[transport.hl7]\nlistener.enable = true\n";
        let applied = apply(&RULE, toml, &home(true), "");
        assert!(applied.changes.is_empty() && applied.codes() == [614], "{}", applied.said());
        assert!(applied.said().contains("conf/deployment.toml:4\n[[custom_transport.listener]]"), "{}", applied.said());
        let fixed = format!("{toml}[[custom_transport.sender]]\nprotocol = 'hl7'\nclass = '{MI}T'\n");
        let applied = apply(&RULE, &fixed, &home(true), "");
        assert!(applied.codes() == [614] && applied.said().contains("the table can go"), "{}", applied.said());
    }

    #[test]
    fn jars_without_a_transport_are_told() {
        let said = apply(&RULE, "[[custom_transport.listener]]\nprotocol = 'x'\nclass = 'y'\n", &home(true), "");
        assert!(said.changes.is_empty() && said.codes() == [615] && said.said().contains(LINES[1]), "{}", said.said());
        for toml in [
            "[[custom_transport.listener]]\nprotocol = 'HL7'\nclass = 'org.example.T'\n",
            "[[custom_transport.blocking.sender]]\nprotocol = 'x'\nclass = 'org.wso2.micro.integrator.business.messaging.hl7.T'\n",
            "[custom_transport.listener.a]\nprotocol = 'hl7'\n",
            // As the rules about the pack see it.
            "[[custom_transport.sender]]\nprotocol = 'x'\nclass = 'org.example.messaging.hl7.T'\n",
        ] {
            let applied = apply(&RULE, toml, &home(true), "");
            assert!(applied.diagnostics.is_empty(), "{toml} {}", applied.said());
        }
        let elsewhere = apply(&RULE, "[custom_transport.listener]\nprotocol = 'hl7'\n", &home(true), "");
        assert_eq!(elsewhere.codes(), [615], "no element of an array: {}", elsewhere.said());
        assert!(apply(&RULE, "[server]\nhostname = 'x'\n", &home(false), "").diagnostics.is_empty());
    }
}
