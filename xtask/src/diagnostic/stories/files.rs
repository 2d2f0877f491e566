//! Codes from MI0201: single files of the home.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
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
];
