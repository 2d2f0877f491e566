//! Codes from MI0601: deployment.toml and the effective configuration.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(601),
        severity: Severity::Warning,
        firm: false,
        title: "deployment.toml is carried with its keystore paths translated only",
        text: "No longer used: the file is merged. The names of the primary keystore and of the truststore became paths in 4.0.0, and bare names stop \
               TLS at start; these are translated. Everything else of the file is carried as it is. Compare it with \
               the fresh distribution's file, above all [keystore.tls], which neither release reads, and \
               [keystore.internal].",
        source: "MI v1.2.0 and v4.0.0 distribution/src/resources/config-tool/default.json and carbon.xml.j2",
    },
    Story {
        code: Code(602),
        severity: Severity::Error,
        firm: true,
        title: "deployment.toml does not parse",
        text: "The server exits at its start when deployment.toml does not parse. The old server cannot have \
               started with this file either; usual causes are a table that stands twice and a backslash in double \
               quotes.",
        source: "cava-toml 0.5.0, as used by config-mapper v1.0.18",
    },
    Story {
        code: Code(603),
        severity: Severity::Warning,
        firm: false,
        title: "the user store's database needs a migration",
        text: "The user store is in a database. 4.0.0 writes a column UM_USER_ID that the old schema lacks, so \
               adding users fails until the schema is migrated. Do it before the first start, with a backup. The \
               bundle has the scripts for this database in migration-scripts, and RUNBOOK.md has the commands in \
               their order.",
        source: "MI v1.2.0..v4.0.0 dbscripts/*/*_user.sql",
    },
    Story {
        code: Code(604),
        severity: Severity::Conflict,
        firm: true,
        title: "a setting was changed in the home and in 4.0.0",
        text: "The setting has one value in 1.2.0, another in the home, and a third in the fresh distribution, and \
               no rule says which one the upgraded server needs. Decide in the policy under [settings.decide].",
        source: "MI v1.2.0 and v4.0.0 distribution/src/conf/deployment.toml",
    },
    Story {
        code: Code(605),
        severity: Severity::Warning,
        firm: false,
        title: "deployment.toml did not parse and was mended",
        text: "The server's parser refuses the file as it is in the home, or crashes on it, and what was meant is \
               plain: the same table header twice, a parent table after its child, a byte order mark. The lines \
               were moved together; no value was changed, and a line that said the same once more is a comment now. \
               The file was edited since the last start of the old server, \
               or the server never started with it: look at what was mended.",
        source: "cava-toml 0.5.0, as used by config-mapper v1.0.12 and v1.0.18",
    },
    Story {
        code: Code(606),
        severity: Severity::Warning,
        firm: false,
        title: "[keystore.tls] was never read and is left out",
        text: "1.2.0 ships a table [keystore.tls], but neither release reads it: no rule file and no template names \
               it. Whatever the home says there was never in force; the old server ran on its primary keystore, the \
               stock wso2carbon.jks unless [keystore.primary] says otherwise. The table is left out, its lines stay \
               as comments. To put it in force, rename it to [keystore.primary], with the file name as a path below \
               the home, and see to it that the secrets are encrypted with that key.",
        source: "MI v1.2.0 distribution/src/resources/config-tool: default.json, templates; pull request #1936",
    },
    Story {
        code: Code(607),
        severity: Severity::Note,
        firm: false,
        title: "settings were said in the words of 4.0.0",
        text: "These settings have another value than in the home, and mean the same: 4.0.0 takes the names of \
               keystores as paths below the home where 1.2.0 put repository/resources/security/ before them.",
        source: "MI v1.2.0 and v4.0.0 distribution/src/resources/config-tool/default.json and templates/conf/carbon.xml.j2",
    },
    Story {
        code: Code(608),
        severity: Severity::Note,
        firm: false,
        title: "keystores of the server itself are pinned to what the old server used",
        text: "1.2.0 used the stock keystore for its internal encryption and for the HTTPS of the internal APIs, \
               whatever [keystore.primary] said; 4.0.0 follows [keystore.primary] and [truststore]. Where the home \
               changed these, the settings that 1.2.0 had fixed are written out, so that secrets stay readable and \
               the internal APIs keep their certificate. The policy can say [settings] internal_keystores = 'follow \
               primary' instead; then secrets must be encrypted anew.",
        source: "MI v1.2.0 and v4.0.0 default.json (keystore.internal.*, internal_api_ssl_config.*) and templates/conf/carbon.xml.j2",
    },
    Story {
        code: Code(609),
        severity: Severity::Warning,
        firm: false,
        title: "[keystore.internal] was never read and is left out",
        text: "1.2.0 as first shipped does not read [keystore.internal]: its internal keystore was the stock one, \
               fixed in carbon.xml. 4.0.0 reads the table, so what the home says there would come into force and \
               make existing secrets unreadable. Its lines stay as comments.",
        source: "MI v1.2.0 templates/conf/carbon.xml.j2 (InternalKeyStore); issue #2028",
    },
    Story {
        code: Code(610),
        severity: Severity::Warning,
        firm: false,
        title: "a setting that 1.2.0 ignored would come into force",
        text: "The old server did not read these settings, 4.0.0 does. So that the upgraded server behaves as the \
               old one did, they are left out of force; their lines stay as comments. Take the comment signs away, \
               or keep them by the policy, where they are wanted.",
        source: "MI v1.2.0 and v4.0.0 key-mappings.json, default.json, templates; Java code that reads settings directly",
    },
    Story {
        code: Code(611),
        severity: Severity::Warning,
        firm: false,
        title: "settings that nothing reads",
        text: "No rule file, no template and no known code of either release reads these settings; the server takes \
               them without a word. Most are typing errors or belong to another product.",
        source: "key-mappings.json, infer.json, default.json and templates of the distributions given",
    },
    Story {
        code: Code(612),
        severity: Severity::Note,
        firm: false,
        title: "passwords in plain text",
        text: "These settings hold a password, key or token in plain text. The secure vault keeps them encrypted: \
               put the value into [secrets], encrypt it with the cipher tool, and refer to it with $secret{name}.",
        source: "docs-apim: encrypting plain text",
    },
    Story {
        code: Code(613),
        severity: Severity::Note,
        firm: false,
        title: "classes of the HL7 transport have another name",
        text: "The EI 6 names of the HL7 classes start with org.wso2.carbon.business.messaging.hl7; those of the \
               Micro Integrator with org.wso2.micro.integrator.business.messaging.hl7. With the old name the \
               transport fails at start.",
        source: "MI v4.0.0 components/business-adaptors",
    },
    Story {
        code: Code(614),
        severity: Severity::Warning,
        firm: false,
        title: "[transport.hl7] is read by nothing",
        text: "The table stands in a commented example of the documentation, but no rule file and no template reads \
               it. The HL7 transport is switched on with [[custom_transport.listener]] and \
               [[custom_transport.sender]].",
        source: "MI v4.0.0 templates/conf/axis2/axis2.xml.j2; docs-apim: configuring transports",
    },
    Story {
        code: Code(615),
        severity: Severity::Warning,
        firm: false,
        title: "HL7 jars without a transport",
        text: "The jars of the HL7 transport are there, and deployment.toml does not switch the transport on. \
               Nothing is put in unasked: a server that listens on one more port is the user's decision.",
        source: "docs-apim: configuring the HL7 transport; MI v4.0.0 templates/conf/axis2/axis2.xml.j2",
    },
    Story {
        code: Code(616),
        severity: Severity::Note,
        firm: false,
        title: "settings from the environment",
        text: "The server exits at start when a variable of $env{..} is not set, or a system property of $sys{..} \
               is missing or empty; a dollar sign in the value makes it crash, and backslashes are lost. See that \
               the new server gets the same ones.",
        source: "config-mapper v1.0.18 ReferenceResolver",
    },
    Story {
        code: Code(617),
        severity: Severity::Error,
        firm: false,
        title: "the server would not start with these settings",
        text: "The server works out its configuration before anything else, and exits when it cannot: a reference \
               to a setting that does not exist or to itself, a secret that [secrets] does not have or has in plain \
               text, no server.hostname.",
        source: "config-mapper v1.0.18 ReferenceResolver, ConfigParser",
    },
    Story {
        code: Code(618),
        severity: Severity::Warning,
        firm: false,
        title: "an own list of XPath functions lacks the one of 4.0.0",
        text: "The home sets the list of XPath function providers itself. 4.0.0 has a provider more, for HashiCorp \
               Vault; with the list as it is hashicorp:vault-lookup() is not known. The list is kept.",
        source: "MI v4.0.0 default.json (synapse.xpath.func.extensions)",
    },
    Story {
        code: Code(619),
        severity: Severity::Note,
        firm: false,
        title: "patterns of log masking moved into deployment.toml",
        text: "conf/wso2-log-masking.properties was a plain file in 1.2.0; 4.0.0 writes it from \
               [masking_pattern.properties] at each start. The patterns that the home had in the file are settings \
               now.",
        source: "MI v4.0.0 templates/conf/wso2-log-masking.properties.j2",
    },
    Story {
        code: Code(620),
        severity: Severity::Warning,
        firm: false,
        title: "a secret that [secrets] does not have",
        text: "A setting refers to a secret that is not in [secrets]. The server looks whether the first few are there \
               and may start; what needs the missing one fails when it is used, with the reference in place of the \
               password. Add it to [secrets] and encrypt it, or have it come from [runtime_secrets].",
        source: "config-mapper v1.0.12 and v1.0.18 ReferenceResolver",
    },
    Story {
        code: Code(621),
        severity: Severity::Warning,
        firm: false,
        title: "a keystore lies where the old server did not look",
        text: "1.2.0 put repository/resources/security/ before the name, so it did not find a keystore that is \
               named by a whole path; 4.0.0 takes the path as it is, and will find it. The setting is kept as it \
               is.",
        source: "MI v1.2.0 templates/conf/carbon.xml.j2",
    },
    Story {
        code: Code(622),
        severity: Severity::Note,
        firm: false,
        title: "an overlay changes settings of the home",
        text: "The overlay is applied last, so what it says about a setting counts.",
        source: "the overlay given",
    },
    Story {
        code: Code(623),
        severity: Severity::Warning,
        firm: false,
        title: "one setting under two names",
        text: "The server knows the setting by a short name and by the name that the short one stands for, and the \
               file has both. Which one counts depends on the order of a hash table, not on the file. Keep one.",
        source: "config-mapper v1.0.12 and v1.0.18 KeyMapper; key-mappings.json of the fresh distribution",
    },
    Story {
        code: Code(624),
        severity: Severity::Error,
        firm: true,
        title: "the merged deployment.toml is not what was decided",
        text: "After merging, the new text is parsed again and compared with the decisions. They differ: a fault of \
               this program. Nothing is written.",
        source: "this program",
    },
    Story {
        code: Code(625),
        severity: Severity::Warning,
        firm: false,
        title: "bytes in deployment.toml that are no UTF-8",
        text: "The file was saved in another encoding, such as Latin-1. The server takes it, and reads the replacement \
               character U+FFFD for each such byte; a password with an accent in it is another one then. The merged \
               file has what the server reads. Save the file as UTF-8 and run again.",
        source: "config-mapper v1.0.12 and v1.0.18 TomlParser; java.nio.charset.CharsetDecoder",
    },
    Story {
        code: Code(626),
        severity: Severity::Warning,
        firm: false,
        title: "a setting is kept as it is, and may mean something else",
        text: "4.0.0 reads these settings otherwise than the old server did. A rule would have said them in its words, \
               and could not: the text would have become too long, or the policy keeps a part of what belongs \
               together. See that they say what is meant.",
        source: "MI v1.2.0 and v4.0.0 distribution/src/resources/config-tool/default.json and templates/conf/carbon.xml.j2",
    },
    Story {
        code: Code(631),
        severity: Severity::Conflict,
        firm: true,
        title: "the new server's configuration differs, and nothing explains it",
        text: "The old deployment.toml was rendered with the home's own rule files, the new one with the fresh \
               distribution's, as the servers do at their start. Every difference must come from a rule of the merge, \
               from a known change of 4.0.0, or from a decision. This one does not: a default of the fresh \
               distribution may be another one than that of 4.0.0 as released, or a setting may mean something else. \
               Say what you want in the home's deployment.toml, or accept the difference in the policy under \
               [settings] accept_differences.",
        source: "config-mapper v1.0.12 and v1.0.18 ConfigParser, with the rule files of the inputs",
    },
    Story {
        code: Code(632),
        severity: Severity::Note,
        firm: false,
        title: "the effective configurations were not compared",
        text: "What the old and the new server make of their settings could not both be worked out: rule files are \
               missing, the old server would not have started with its settings, or it is not known what the server \
               makes of a template.",
        source: "config-mapper v1.0.12 and v1.0.18 ConfigParser",
    },
    Story {
        code: Code(633),
        severity: Severity::Note,
        firm: false,
        title: "rendered files are in the result",
        text: "With --render-conf the files that the server would write at its first start are in the result, with the \
               digests that it records, so that it takes them as they are. Where a value comes from the environment of \
               the server, no digests are recorded, and the server renders again when it starts.",
        source: "config-mapper v1.0.18 ConfigParser, MetaDataParser",
    },
];
