//! Codes from MI1201: keystores and secrets of the result.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(1201),
        severity: Severity::Error,
        firm: false,
        title: "a keystore that HTTPS needs is not there",
        text: "The configuration names a keystore or truststore below the server's folder, and there is none. The \
               server starts, answers its health check and HTTP, but the HTTPS ports and the management API stay \
               closed. It logs `HTTPS Error opening Key store`, `Couldn't initialize the httpstransport listener` \
               or `Internal keystore file does not exist in the path as configured`. Since 4.0.0 (and since an \
               update of 1.2.0) file_name is a path below the server's folder, and no longer a name in \
               repository/resources/security.",
        source: "MI v4.0.0 default.json and templates/conf/carbon.xml.j2; issues #1940 and #3129; starts of MI",
    },
    Story {
        code: Code(1202),
        severity: Severity::Error,
        firm: false,
        title: "a keystore that HTTPS needs does not open",
        text: "The keystore is there, and its password does not open it, it is of another type than is said, or \
               it is damaged. The server starts, and the HTTPS ports stay closed. It logs `HTTPS Error opening \
               Key store` with `Keystore was tampered with, or password was incorrect` or `Invalid keystore \
               format`. Java reads JKS and PKCS12 under either name; JCEKS and BKS have to be said.",
        source: "wso2-synapse v2.1.7-wso2v227 ServerConnFactoryBuilder; OpenJDK 11 JavaKeyStore, PKCS12KeyStore",
    },
    Story {
        code: Code(1203),
        severity: Severity::Error,
        firm: false,
        title: "a key that HTTPS needs does not open",
        text: "The keystore opens, and a private key in it does not with the key password of the configuration. \
               Java opens every key of the keystore of a transport with that one password, and stops at the first \
               that does not open: `UnrecoverableKeyException: Cannot recover key`. The HTTPS ports stay closed. A \
               key of the algorithm Ed25519 or Ed448 opens with no password: Java knows them from 15 on, and the \
               server runs on 8 and 11.",
        source: "wso2-synapse v2.1.7-wso2v227 ServerConnFactoryBuilder; OpenJDK 11 SunX509KeyManagerImpl; JEP 339",
    },
    Story {
        code: Code(1204),
        severity: Severity::Warning,
        firm: false,
        title: "a keystore of a single transport or profile cannot be used",
        text: "A transport other than HTTPS, or a profile for single servers, names a keystore that is not there, \
               does not open, or has a key that does not. The server starts; what needs the keystore fails.",
        source: "wso2-synapse v2.1.7-wso2v227 ClientConnFactoryBuilder, VFSTransportListener",
    },
    Story {
        code: Code(1205),
        severity: Severity::Warning,
        firm: false,
        title: "a keystore lacks the key that the configuration names",
        text: "The keystore opens and has no private key under the alias that the configuration names. What the \
               server encrypts, decrypts or signs with it fails. Aliases compare without case.",
        source: "MI v4.0.0 conf/carbon.xml (KeyAlias); KeyStoreBasedInternalCryptoProvider",
    },
    Story {
        code: Code(1206),
        severity: Severity::Warning,
        firm: false,
        title: "a keystore is empty of what it is there for",
        text: "A keystore of a transport has no private key, so that no connection with TLS comes about; or a \
               truststore has no certificate that Java trusts (`the trustAnchors parameter must be non-empty`). \
               In a PKCS12 file Java sees only certificates with an attribute that keytool sets and openssl does \
               not.",
        source: "OpenJDK 11 PKCS12KeyStore.loadSafeContents",
    },
    Story {
        code: Code(1207),
        severity: Severity::Note,
        firm: false,
        title: "keystores outside of the home",
        text: "The configuration names keystores by an absolute path or by one that leaves the home. They are not \
               in the result, and must be there where it runs; in a container they have to be mounted.",
        source: "MI v4.0.0 conf/carbon.xml, conf/axis2/axis2.xml",
    },
    Story {
        code: Code(1208),
        severity: Severity::Note,
        firm: false,
        title: "keystores that were not looked into",
        text: "Whether these keystores open cannot be told here: the password is a secret whose key is not at \
               hand, or comes from the environment; the keystore is of a kind that is not known here, such as \
               BKS; or its file cannot be read, or is too large.",
        source: "this program",
    },
    Story {
        code: Code(1209),
        severity: Severity::Warning,
        firm: false,
        title: "a certificate has ended",
        text: "The certificate of a key that the server shows, or one of those that vouch for it, has ended \
               before the day of the check. The server starts and uses it; clients that check certificates refuse \
               the connection.",
        source: "RFC 5280, section 4.1.2.5",
    },
    Story {
        code: Code(1210),
        severity: Severity::Note,
        firm: false,
        title: "a certificate ends soon",
        text: "The certificate of a key that the server shows ends within 90 days after the day of the check.",
        source: "RFC 5280, section 4.1.2.5",
    },
    Story {
        code: Code(1211),
        severity: Severity::Warning,
        firm: false,
        title: "the server has the key that every distribution has",
        text: "Both releases ship the same wso2carbon.jks with the same private key and the same password. Its \
               certificate, CN=localhost, ended on 2022-01-25: clients that check certificates refuse it. Since \
               everybody has the key, what is encrypted with it is not secret. Secrets that were encrypted with \
               it need it until they are encrypted anew.",
        source: "MI v1.2.0 and v4.0.0 repository/resources/security/wso2carbon.jks",
    },
    Story {
        code: Code(1212),
        severity: Severity::Note,
        firm: false,
        title: "a weak certificate",
        text: "The certificate has an RSA key of less than 2048 bits, or is signed with MD5 or SHA-1. Many \
               clients refuse it.",
        source: "NIST SP 800-131A revision 2",
    },
    Story {
        code: Code(1213),
        severity: Severity::Note,
        firm: false,
        title: "trusted certificates have ended",
        text: "A truststore of the home has certificates of its own that have ended. They do no harm, and servers \
               that still show them are not connected to. Those that the distributions ship are not counted.",
        source: "RFC 5280, section 4.1.2.5",
    },
    Story {
        code: Code(1214),
        severity: Severity::Warning,
        firm: false,
        title: "secrets do not decrypt with the keystore that the server will use",
        text: "A value of [secrets] was encrypted with another key than the one that the server will take, or is \
               no encrypted text. The server logs `BadPaddingException` or a failure of the vault, and what needs \
               the secret fails. The vault takes the keystore of conf/security/secret-conf.properties; the cipher \
               tool takes [keystore.internal], which since 4.0.0 follows [keystore.primary] where it is not set, \
               while 1.2.0 had wso2carbon.jks there. The check tries the other keystores of the result and names \
               the one that decrypts.",
        source: "cipher-tool v1.1.15 Utils; MI v4.0.0 templates/conf/carbon.xml.j2; issue #2028",
    },
    Story {
        code: Code(1215),
        severity: Severity::Note,
        firm: false,
        title: "secrets that were not decrypted",
        text: "Whether the secrets decrypt cannot be told here: the password of their keystore is neither in the \
               configuration nor in a password file, or their algorithm is not known here.",
        source: "this program",
    },
    Story {
        code: Code(1216),
        severity: Severity::Warning,
        firm: false,
        title: "the password file does not open the keystore of the secrets",
        text: "The server reads the password of the vault's keystore from password-tmp or password-persist at its \
               start, and the one that is there does not open it. Secrets are not decrypted.",
        source: "carbon-kernel v4.6.2 DefaultSecretCallbackHandler",
    },
    Story {
        code: Code(1217),
        severity: Severity::Note,
        firm: false,
        title: "keystores that older releases of Java 8 and 11 do not open",
        text: "These PKCS12 keystores are signed with HmacPBESHA256 or a longer hash, as keytool does since Java 16 and \
               openssl since 3.0. Java reads that since 8u301 and 11.0.12; before, it says `Algorithm HmacPBESHA256 \
               not available`, and what needs the keystore fails. On a later release of Java there is nothing to do.",
        source: "OpenJDK JDK-8076190, JDK-8267701 (8u301, 11.0.12)",
    },
];
