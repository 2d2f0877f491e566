//! The table of all codes.
//!
//! In: nothing. Out: [`STORIES`], sorted by code. Always: a code that is no longer used keeps its row.

use super::{Code, Severity, Story};

/// Every code with its story.
pub static STORIES: &[Story] = &[
    Story {
        code: Code(101),
        severity: Severity::Warning,
        firm: false,
        title: "the fresh distribution has never been updated",
        text: "The distribution that is given as fresh is at update level 0: it is 4.0.0 as first released, without \
               the fixes of the years since. The upgrade works, but the server lacks every security fix. Update the \
               fresh distribution first, with the update tool in its bin folder, and give the updated folder as \
               --fresh.",
        source: "updates/config.json of an updated distribution; docs-apim: using WSO2 updates",
    },
    Story {
        code: Code(102),
        severity: Severity::Warning,
        firm: false,
        title: "the home was updated in place",
        text: "The home carries an update level (WUM or U2): its jars, rule files and templates differ from 1.2.0 \
               as released, and the difference is the update's, not the user's. Lines and jars that are neither in \
               1.2.0 as released nor in the fresh distribution are taken for the update's and are not carried: the \
               fresh distribution brings its own. What is listed here is what that rule left behind; look through \
               it for a change that a person made.",
        source: "updates/summary/change-log+<time>.full.txt of a WUM-updated 1.2.0 home; updates/config.json of a U2-updated one",
    },
    Story {
        code: Code(103),
        severity: Severity::Note,
        firm: false,
        title: "no pristine distribution was given",
        text: "Without --pristine the home is compared with a built-in listing of 1.2.0: its paths, and the digests \
               of the files whose content is known. A file whose original content is not known is taken for \
               unmodified where it equals the fresh distribution's, else it is a conflict, or for binaries of the \
               product a note (MI0104). Give wso2mi-1.2.0.zip as --pristine to have every file compared.",
        source: "MI v1.2.0 distribution; product/listing-1.2.0.tsv",
    },
    Story {
        code: Code(104),
        severity: Severity::Note,
        firm: false,
        title: "binaries of the product cannot be compared without the pristine distribution",
        text: "These files are binaries that 1.2.0 and the fresh distribution ship under the same name and version \
               (axis2 modules, programs in bin), their original content is not known, and the home's differ from \
               the fresh ones. The fresh distribution's are used. Give --pristine wso2mi-1.2.0.zip to see whether \
               somebody changed them.",
        source: "product/listing-1.2.0.tsv",
    },
    Story {
        code: Code(201),
        severity: Severity::Conflict,
        firm: true,
        title: "it cannot be told whether a person changed the file",
        text: "The file is one of the 1.2.0 distribution's, its original content is not known, and it differs from \
               the fresh distribution's file. It may be as shipped, or changed by a person. Give --pristine \
               wso2mi-1.2.0.zip, and the tool tells by itself; or decide in the policy.",
        source: "product/listing-1.2.0.tsv",
    },
    Story {
        code: Code(202),
        severity: Severity::Conflict,
        firm: true,
        title: "the home and the new release changed the same lines",
        text: "The file was changed in the home, and 4.0.0 ships it changed too. Merging by lines found places \
               where both changed the same lines (or the file is no text), and only a person can say which is \
               meant. Take one side, or both with the home's lines where they clash, in the policy; or write the \
               file by hand and put it into an overlay.",
        source: "comparison of the three files given",
    },
    Story {
        code: Code(203),
        severity: Severity::Warning,
        firm: false,
        title: "a changed rule file or template is carried",
        text: "A file under repository/resources/conf was changed in the home. The server makes conf/*.xml out of \
               deployment.toml with these files, so the change is in force there, and it is carried where 4.0.0 \
               ships the same file as 1.2.0. Such a change ties the configuration to one release: see whether a \
               setting of deployment.toml or an overlay can say the same.",
        source: "MI v4.0.0 distribution/src/resources/config-tool",
    },
    Story {
        code: Code(204),
        severity: Severity::Warning,
        firm: false,
        title: "a hand edit in a rendered file is not carried",
        text: "The server renders this file from deployment.toml, but only when deployment.toml changes; somebody \
               edited the rendered file after that, and the edit was in force. 4.0.0 renders the file anew at its \
               first start, so the edit is not carried. The lines listed are those that neither the template nor a \
               setting explains. Where deployment.toml can say the same, the setting is given: put it into the \
               home's deployment.toml and run again.",
        source: "config-mapper v1.0.12 and v1.0.18 (ConfigParser, MetaDataParser); repository/resources/conf/.metadata/metadata_config.properties",
    },
    Story {
        code: Code(205),
        severity: Severity::Warning,
        firm: false,
        title: "a stock file that the home no longer has comes back",
        text: "Somebody deleted a file of the 1.2.0 distribution from the home (RUN rm in a Dockerfile, say). The \
               fresh distribution ships it, perhaps in another version, so it is there again. Where it was deleted \
               on purpose, list the path under leave_out in the policy.",
        source: "comparison of the home with the 1.2.0 distribution",
    },
    Story {
        code: Code(206),
        severity: Severity::Note,
        firm: false,
        title: "a change in reference material is left out",
        text: "The file (a database script, an example Dockerfile, a text at the top, a program of the product) \
               comes from the fresh distribution; the home's copy was changed. The server never reads it, or must \
               run its own release's. Keep the change in your own repository, or carry the file by the policy.",
        source: "MI v4.0.0 distribution/src/assembly/bin.xml",
    },
    Story {
        code: Code(207),
        severity: Severity::Note,
        firm: false,
        title: "files that the tool knows nothing about are carried",
        text: "The user added these files outside the places that the product reads by convention. They are carried \
               as they are, at the same path. Leave them out by the policy if they are not needed.",
        source: "comparison of the home with the 1.2.0 distribution",
    },
    Story {
        code: Code(208),
        severity: Severity::Warning,
        firm: false,
        title: "a file added to bin is carried",
        text: "Everything in bin that ends with .jar is on the class path of the server's starter, and scripts \
               there may hold paths of the old release. The file is carried as it is: look whether 4.0.0 still \
               needs it.",
        source: "MI v4.0.0 bin/micro-integrator.sh",
    },
    Story {
        code: Code(209),
        severity: Severity::Note,
        firm: false,
        title: "database files that no data source points to are left out",
        text: "Files under repository/database belong to embedded databases. No data source of deployment.toml \
               points to these, so nothing reads them. Carry them by the policy if something else does.",
        source: "plugin lists of MI v1.2.0 and v4.0.0",
    },
    Story {
        code: Code(210),
        severity: Severity::Error,
        firm: true,
        title: "a file that is to be carried cannot be read",
        text: "The plan wants this file in the result, but it could not be read, or it changed while it was read. \
               Nothing is written. Run with the rights to read it, stop the server while packaging, or leave the \
               file out by the policy.",
        source: "the file system",
    },
    Story {
        code: Code(211),
        severity: Severity::Error,
        firm: true,
        title: "a symbolic link leads out of the home",
        text: "The link's target is absolute or lies outside of the home, so it would dangle, or point to something \
               else, where the result is installed. Let the policy follow the link (what it points to is then \
               carried), or leave it out.",
        source: "the home given",
    },
    Story {
        code: Code(212),
        severity: Severity::Warning,
        firm: false,
        title: "a symbolic link points to nothing in the result",
        text: "The link is carried, but what it points to is not in the result: it was left out, or was never \
               there.",
        source: "the planned tree",
    },
    Story {
        code: Code(213),
        severity: Severity::Conflict,
        firm: true,
        title: "two files want the same place",
        text: "Two different files of the inputs would have to be at one path of the result. Leave one of them out \
               by the policy, or rename it in the home.",
        source: "the planned tree",
    },
    Story {
        code: Code(214),
        severity: Severity::Note,
        firm: false,
        title: "copies made by hand and leftovers are left out",
        text: "The names of these files say that they are copies (.bak), lock files, process numbers or dumps of a \
               crash. They are left out. Carry by the policy what is more than that.",
        source: "names of files in used homes",
    },
    Story {
        code: Code(215),
        severity: Severity::Error,
        firm: false,
        title: "the policy leaves out what the server cannot start without",
        text: "The result would have no deployment.toml, no start script or no bundles, because a pattern under \
               leave_out in the policy matches them. Take the pattern out, or make it narrower.",
        source: "MI v4.0.0 bin/micro-integrator.sh; config-mapper v1.0.18",
    },
    Story {
        code: Code(301),
        severity: Severity::Warning,
        firm: false,
        title: "a bundle of the platform in dropins is left out",
        text: "The jar in dropins has the symbolic name of a bundle that the fresh distribution (or the HL7 pack) \
               ships. Carried, both would be installed side by side, and the old one may win; servers did not start \
               because of that. It is left out, and the shipped one is used.",
        source: "MI v4.0.0 DropinsBundleDeployer; wso2/api-manager#2076, #1254",
    },
    Story {
        code: Code(302),
        severity: Severity::Warning,
        firm: false,
        title: "a hapi jar is left out",
        text: "The distribution ships hapi 2.1.0 itself in wso2/components/plugins. A second one splits the package \
               ca.uhn.hl7v2, and HL7 messages fail with IncompatibleClassChangeError.",
        source: "MI v4.0.0 inbound endpoint feature; wso2/micro-integrator#3338",
    },
    Story {
        code: Code(303),
        severity: Severity::Note,
        firm: false,
        title: "the only copy of a library was inside a generated wrapper",
        text: "The server wraps every jar of lib into dropins at each start. This wrapper's jar is no longer in \
               lib, but the wrapper stayed active. The jar inside it goes back to lib, where 4.0.0 wraps it again.",
        source: "MI v4.0.0 DefaultBundleCreator",
    },
    Story {
        code: Code(304),
        severity: Severity::Warning,
        firm: false,
        title: "a jar in dropins that the server ignored is moved to lib",
        text: "The jar has no Bundle-SymbolicName or no Bundle-Version. The server does not load such a jar from \
               dropins (\"Required Bundle manifest headers do not exists\"), so it had no effect there. In lib it is \
               wrapped into a bundle and becomes visible: if it was dead for good reason, leave it out by the \
               policy.",
        source: "MI v4.0.0 DropinsBundleDeployer",
    },
    Story {
        code: Code(305),
        severity: Severity::Warning,
        firm: false,
        title: "a jar in dropins that the server ignored is left out",
        text: "The jar has no Bundle-SymbolicName or no Bundle-Version, so the server ignored it in dropins, and a \
               jar of lib already holds all its packages.",
        source: "MI v4.0.0 DropinsBundleDeployer",
    },
    Story {
        code: Code(306),
        severity: Severity::Warning,
        firm: false,
        title: "a jar that was added to the platform is left out",
        text: "The jar was put into wso2/components/plugins or wso2/lib by hand. Nothing of wso2 is carried: it is \
               the platform itself and belongs to its release. If the jar is still needed, put it into the home's \
               lib (or into dropins, if it is a bundle) and run again.",
        source: "MI v4.0.0 distribution/src/assembly/bin.xml",
    },
    Story {
        code: Code(307),
        severity: Severity::Warning,
        firm: false,
        title: "two jars of lib become the same bundle",
        text: "The server wraps each jar of lib into a bundle whose name has `_` for each `-`. Two names that \
               differ only in that become one, and one jar hides the other.",
        source: "MI v4.0.0 DefaultBundleCreator",
    },
    Story {
        code: Code(308),
        severity: Severity::Warning,
        firm: false,
        title: "a patched jar of the platform is left out",
        text: "A bundle of wso2/components/plugins differs from the one that 1.2.0 shipped: it was patched. The \
               patch belongs to the old release; ask whether the fresh distribution's update level holds the same \
               fix.",
        source: "MI v1.2.0 PatchInstaller",
    },
    Story {
        code: Code(309),
        severity: Severity::Warning,
        firm: false,
        title: "a jar cannot be read",
        text: "The file is carried, but it is no readable zip archive, so nothing is known of its inside. In \
               dropins the server says \"Invalid Bundle found in the dropins directory\" and ignores it; a damaged \
               jar of lib is not wrapped.",
        source: "MI v4.0.0 DropinsBundleDeployer",
    },
    Story {
        code: Code(401),
        severity: Severity::Warning,
        firm: false,
        title: "an axis2 module is left out because the fresh distribution ships it",
        text: "The module was added to the home in another version than the fresh distribution ships. Two versions \
               of one module side by side break the server, so the shipped one is used.",
        source: "axis2 1.6.1 AxisConfiguration; MI v4.0.0 repository/deployment/server/axis2modules",
    },
    Story {
        code: Code(402),
        severity: Severity::Warning,
        firm: false,
        title: "a registry resource differs from the one in a carbon application",
        text: "A carbon application that is carried deploys this registry path at every start, so the file is left \
               out. Its content differs from the one in the carbon application: it was changed on the running \
               server, and the change is lost unless the carbon application gets it.",
        source: "MI v4.0.0 FileRegistryResourceDeployer",
    },
    Story {
        code: Code(403),
        severity: Severity::Warning,
        firm: false,
        title: "a message processor that was paused will run",
        text: "The state of message processors is kept in the registry and is not carried (WSO2 advises against \
               it); the processor starts active in 4.0.0. Deactivate it again after the start, or deploy it with \
               is.active=false.",
        source: "docs-apim: includes/integration/pull-content-registry-migration.md",
    },
    Story {
        code: Code(404),
        severity: Severity::Warning,
        firm: false,
        title: "a carbon application cannot be read",
        text: "The archive is carried as it is, but its inside cannot be read, so the registry resources and HL7 \
               uses in it are not known. The server will most likely not deploy it.",
        source: "MI v4.0.0 AppDeployerUtils",
    },
    Story {
        code: Code(501),
        severity: Severity::Warning,
        firm: false,
        title: "the password file is left out",
        text: "The secure vault needs the keystore password at every start. It is read from a file password-tmp \
               (deleted after use) or password-persist in the server's folder; without one the server asks on its \
               console, and an unattended start waits for ever. The bundle should not hold the password: provide \
               the file where the server runs, from a secret store. The policy can carry it.",
        source: "MI documentation: encrypting plain text; cipher-tool v1.1.15",
    },
    Story {
        code: Code(502),
        severity: Severity::Note,
        firm: false,
        title: "the secure vault's settings are rewritten for their new place",
        text: "secret-conf.properties was written by the cipher tool with absolute paths of the old server. It is \
               carried with paths relative to the server's folder and names the same keystore, type and alias as \
               before.",
        source: "cipher-tool v1.1.15 Utils; carbon-kernel v4.6.2 securevault",
    },
    Story {
        code: Code(503),
        severity: Severity::Warning,
        firm: false,
        title: "the secure vault names a place outside of the home",
        text: "A path in secret-conf.properties lies outside of the home that was given, so it cannot be made \
               relative. It is carried as it stands: the file must be there where the result runs.",
        source: "cipher-tool v1.1.15 Utils",
    },
    Story {
        code: Code(504),
        severity: Severity::Warning,
        firm: false,
        title: "the secure vault names a keystore that is not in the result",
        text: "The keystore that decrypts the secrets is not in the result at the place that secret-conf.properties \
               names. The server cannot decrypt its secrets without it.",
        source: "carbon-kernel v4.6.2 securevault",
    },
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
    Story {
        code: Code(701),
        severity: Severity::Conflict,
        firm: true,
        title: "the HL7 transport is in use and no pack is given",
        text: "The home uses the HL7 transport, which the 4.0.0 distribution does not contain. Its pack holds two \
               jars: org.wso2.micro.integrator.business.messaging.hl7-4.0.0.jar and openjpa-all-2.2.2.wso2v2.jar. \
               Give the pack by --hl7, or decide in the policy to go without or to carry the old jars. An HL7 \
               inbound endpoint alone needs no pack.",
        source: "MI v4.0.0 features/wso2mi-hl7/src/assembly/hl7-package.xml",
    },
    Story {
        code: Code(702),
        severity: Severity::Warning,
        firm: false,
        title: "the HL7 pack is not the one of 4.0.0",
        text: "The pack's transport was built for another release. Its synapse imports resolve against 4.0.0, and \
               the documentation offers no other download, so it is accepted; prefer the pack of 4.0.0.",
        source: "MI v4.0.0 features/wso2mi-hl7; docs-apim: configuring transports",
    },
    Story {
        code: Code(703),
        severity: Severity::Warning,
        firm: false,
        title: "the result has no HL7 transport",
        text: "The policy says to go without the HL7 transport, although the home uses it. What needs it will not \
               work; where deployment.toml still names the transport's classes, the server does not start: take \
               those lines out.",
        source: "MI v4.0.0 axis2.xml.j2 (custom_transport)",
    },
    Story {
        code: Code(704),
        severity: Severity::Error,
        firm: true,
        title: "the HL7 pack holds no HL7 transport",
        text: "None of the jars in the pack has the symbolic name org.wso2.micro.integrator.business.messaging.hl7. \
               Give the pack wso2mi-hl7-4.0.0.zip, the folder it was unpacked to, or its two jars.",
        source: "MI v4.0.0 features/wso2mi-hl7/src/assembly/hl7-package.xml",
    },
    Story {
        code: Code(705),
        severity: Severity::Warning,
        firm: false,
        title: "the old HL7 jars are carried",
        text: "The policy says to carry the home's own HL7 jars. They were built for 1.2.0; their imports resolve \
               against 4.0.0 as far as can be told without the real pack.",
        source: "MI v4.0.0 components/business-adaptors",
    },
    Story {
        code: Code(801),
        severity: Severity::Warning,
        firm: false,
        title: "a line of the policy matches nothing",
        text: "The pattern or path is in the policy, but no file that it could decide is in the inputs. It may have \
               a typing error, or what it decided is gone.",
        source: "the policy given",
    },
    Story {
        code: Code(802),
        severity: Severity::Note,
        firm: false,
        title: "an overlay replaces a file of the home",
        text: "The overlay is applied last, so its file is in the result in place of the home's.",
        source: "the overlay given",
    },
    Story {
        code: Code(803),
        severity: Severity::Warning,
        firm: false,
        title: "a file of the policy's carry list is one that the server makes itself",
        text: "The policy carries a file that the server renders, generates or keeps as its own state. It is in the \
               result as the policy says, but the server may overwrite it at its first start, or start with the old \
               release's state.",
        source: "config-mapper v1.0.18; MI v4.0.0 DefaultBundleCreator",
    },
    Story {
        code: Code(804),
        severity: Severity::Error,
        firm: true,
        title: "an overlay sets what cannot be set",
        text: "The table [settings] of an overlay names a key below something that is no table in the merged \
               deployment.toml, or takes away what it sets. Mend the overlay.toml; nothing is written.",
        source: "the overlay given",
    },
    Story {
        code: Code(901),
        severity: Severity::Conflict,
        firm: true,
        title: "it cannot be told which database the user store is in",
        text: "The user store is in a database that 4.0.0 needs migrated, and the URL and the driver of its data \
               source do not tell which kind of database that is: they contradict each other, come from the \
               environment, name a kind that there are no scripts for, or an Oracle that may be one instance or a \
               cluster. Say it by --db, or in the policy: database = \"oracle-rac\" under [user_store]. The \
               bundle gets the scripts of that database.",
        source: "MI v4.0.0 templates/conf/datasources/master-datasources.xml.j2; migration-scripts",
    },
    Story {
        code: Code(902),
        severity: Severity::Warning,
        firm: false,
        title: "the driver of a data source is in no jar",
        text: "A data source names a driver class that no jar in lib or dropins of the result has. The server \
               starts, and what uses the data source fails when it does. Neither release ships a driver: put its \
               jar into lib of the home, or of an overlay. A jar that the server ignored in the home, or a driver \
               that lay in a folder that is not carried, is the usual cause.",
        source: "MI v4.0.0 DefaultBundleCreator; templates/conf/datasources/master-datasources.xml.j2",
    },
    Story {
        code: Code(903),
        severity: Severity::Warning,
        firm: false,
        title: "statements of the user store that 4.0.0 treats in another way",
        text: "Properties of the user store can replace its SQL statements. 4.0.0 adds users by AddUserWithIdSql, \
               so AddUserSQL has no effect any more. A SelectUserSQL with SELECT * is read by the places of the \
               columns: right with the migration scripts, which append UM_USER_ID as the last column, and wrong \
               on a table made by the script of 4.0.0, where the column is the second one.",
        source: "MI v4.0.0 JDBCUserStoreManager, JDBCRealmConstants",
    },
    Story {
        code: Code(904),
        severity: Severity::Note,
        firm: false,
        title: "the management API asks the file-based user store",
        text: "Both releases have the file-based user store switched on by default: the management API, the \
               dashboard and the command line tool ask it, whatever [user_store] says. REST basic authentication \
               and data services ask the user store that is configured. Nothing changes with the upgrade; the \
               step for the database is needed all the same.",
        source: "MI v4.0.0 default.json (internal_apis.file_user_store.enable), templates/conf/internal-apis.xml.j2",
    },
    Story {
        code: Code(905),
        severity: Severity::Warning,
        firm: false,
        title: "the user store has a class of its own",
        text: "The class of the user store is not one of the product. Where it extends JDBCUserStoreManager and \
               overrides persistUser, 4.0.0 does not call it any more: the method gained the id of the user as \
               its first parameter. Build it against 4.0.0. Whether it keeps users in UM_USER cannot be told from \
               its name alone unless that names JDBC: then say the database by --db or in the policy, and the \
               bundle gets the scripts.",
        source: "MI v4.0.0 JDBCUserStoreManager.persistUser",
    },
    Story {
        code: Code(906),
        severity: Severity::Warning,
        firm: false,
        title: "the user store is not where it was",
        text: "The user store of the result is in a database and that of the home in another one, or only one of \
               the two is in a database at all, by an overlay or the policy. Users do not move by themselves. The \
               runbook is about the database of the result; preflight.sql says whether it needs the migration.",
        source: "this program",
    },
    Story {
        code: Code(907),
        severity: Severity::Warning,
        firm: false,
        title: "the decided database is not the one that the settings name",
        text: "--db, or the policy under [user_store], names another kind of database than the URL and the driver \
               of the data source. The decision counts; the scripts of another database stop with an error at \
               their first statement.",
        source: "the policy given",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(STORIES.windows(2).all(|pair| pair[0].code < pair[1].code));
        for story in STORIES {
            assert!(
                story.text.ends_with('.') && !story.title.ends_with('.') && !story.source.is_empty(),
                "{}",
                story.code
            );
            assert!(story.severity != Severity::Conflict || story.firm, "{} could be waved through", story.code);
            assert_eq!(Code::parse(&story.code.to_string()), Some(story.code));
        }
    }
}
