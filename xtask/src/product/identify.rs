//! Which product an input is.
//!
//! In: the inventory of a home or a distribution. Out: an [`Identity`], and whether it is the one needed.
//! Always: judged by what the product says of itself, the name of the folder last; a text of the input is shown
//! only where it looks like a product's name.

use crate::inventory::Inventory;
use std::fmt;

/// A product of WSO2, as far as people mistake one for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Product {
    /// Micro Integrator, of EI 7 and of API-M 4.
    MicroIntegrator,
    /// Enterprise Integrator 6.
    EnterpriseIntegrator,
    /// API Manager.
    ApiManager,
    /// Streaming Integrator.
    StreamingIntegrator,
    /// Identity Server.
    IdentityServer,
    /// Another one, by the name that it gives itself.
    Other(String),
    /// Nothing says what it is.
    Unknown,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MicroIntegrator => "WSO2 Micro Integrator",
            Self::EnterpriseIntegrator => "WSO2 Enterprise Integrator",
            Self::ApiManager => "WSO2 API Manager",
            Self::StreamingIntegrator => "WSO2 Streaming Integrator",
            Self::IdentityServer => "WSO2 Identity Server",
            Self::Other(name) => name,
            Self::Unknown => "of no known product",
        })
    }
}

/// What an input is, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The product.
    pub product: Product,
    /// Its version; empty where nothing says it.
    pub version: String,
    /// The path that says so, or the name of the top folder; empty for [`Product::Unknown`].
    pub said_by: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.product, f)?;
        if self.version.is_empty() { Ok(()) } else { write!(f, " {}", self.version) }
    }
}

/// Where a product says what it is.
///
/// Source: MI v1.2.0 and v4.0.0, distribution/src/assembly/bin.xml; carbon-kernel v4.5.3 and v4.6.2 for bin/.
const SAYING: [&str; 2] = ["bin/version.txt", "updates/product.txt"];

/// The jar of every Micro Integrator, its version before `.jar`.
const SERVER_JAR: &str = "org.wso2.micro.integrator.server-";

/// Names as the products print them, and the start of their archive's name.
const NAMES: [(&str, &str, Product); 5] = [
    ("WSO2 Micro Integrator", "wso2mi", Product::MicroIntegrator),
    ("WSO2 Enterprise Integrator", "wso2ei", Product::EnterpriseIntegrator),
    ("WSO2 API Manager", "wso2am", Product::ApiManager),
    ("WSO2 Streaming Integrator", "wso2si", Product::StreamingIntegrator),
    ("WSO2 Identity Server", "wso2is", Product::IdentityServer),
];

/// Says which product an input is.
pub fn identify(inventory: &Inventory) -> Identity {
    for path in SAYING {
        let said = inventory.text(path).and_then(first_line).and_then(|line| name_and_version(&line));
        if let Some((product, version)) = said {
            return Identity { product, version, said_by: path.to_owned() };
        }
    }
    for (path, _) in inventory.below("wso2/lib") {
        let version = path.file_name().strip_prefix(SERVER_JAR).and_then(|rest| rest.strip_suffix(".jar"));
        if let Some(version) = version.filter(|version| is_version(version)) {
            let said_by = path.to_string();
            return Identity { product: Product::MicroIntegrator, version: version.to_owned(), said_by };
        }
    }
    let top = inventory.top.as_deref().and_then(|top| Some((top, name_and_version(top)?)));
    match top {
        Some((top, (product, version))) => Identity { product, version, said_by: top.to_owned() },
        None => Identity { product: Product::Unknown, version: String::new(), said_by: String::new() },
    }
}

/// Checks that an input is the Micro Integrator of the version wanted.
///
/// The error is a fragment to be put after the input's name: what it is, what is needed, where to get it.
pub fn expect(identity: &Identity, wanted: &str) -> Result<(), String> {
    if identity.product == Product::MicroIntegrator && identity.version == wanted {
        return Ok(());
    }
    let is = if identity.product == Product::Unknown {
        format!(
            "is of no known product: neither `{}` nor `{}` nor a jar of the server says what it is",
            SAYING[0], SAYING[1]
        )
    } else {
        format!("is {identity} (`{}` says so)", identity.said_by)
    };
    let place = match wanted {
        "1.2.0" => "the home of a Micro Integrator of EI 7.1.0, or the zip named wso2mi-1.2.0.zip".to_owned(),
        "4.0.0" => "the zip named wso2mi-4.0.0.zip of API-M 4.0.0".to_owned(),
        _ => format!("the zip named wso2mi-{wanted}.zip"),
    };
    Err(format!("{is}; WSO2 Micro Integrator {wanted} is needed here: {place}"))
}

/// The first line that says something, without the spaces around it. No text, or a long one, is no name.
fn first_line(text: &[u8]) -> Option<String> {
    let line = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty())?;
    let line = std::str::from_utf8(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)).ok()?;
    let shown = |c: char| c.is_alphanumeric() || " .-_()".contains(c);
    (line.len() <= 80 && line.chars().all(shown)).then(|| line.to_owned())
}

/// Reads `WSO2 Micro Integrator v1.2.0` and `wso2mi-4.0.0`; a name not in the table stands for itself.
fn name_and_version(text: &str) -> Option<(Product, String)> {
    for (name, id, product) in NAMES {
        for (start, before) in [(name, " v"), (name, " "), (id, "-")] {
            let version = text.strip_prefix(start).and_then(|rest| rest.strip_prefix(before));
            if let Some(version) = version.filter(|version| is_version(version)) {
                return Some((product, version.to_owned()));
            }
        }
    }
    let (name, version) = text.rsplit_once(" v").or_else(|| text.split_once('-'))?;
    let ours = name.starts_with("WSO2 ") || name.starts_with("wso2") && !name.contains(' ');
    (ours && is_version(version)).then(|| (Product::Other(name.to_owned()), version.to_owned()))
}

/// Whether a text is a version such as `4.0.0` or `4.1.0-beta2`.
fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.len() <= 40
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Entry;
    use crate::path::EntryPath;

    fn inventory(top: Option<&str>, files: &[(&str, &str)]) -> Inventory {
        let entry = |text: &str| {
            let mut entry = Entry::memory(0o644, text.as_bytes());
            entry.facts.text = Some(text.as_bytes().into());
            entry
        };
        Inventory {
            entries: files.iter().map(|(path, text)| (EntryPath::known(path), entry(text))).collect(),
            name: "x".into(),
            top: top.map(str::to_owned),
        }
    }

    #[test]
    fn products_say_what_they_are() {
        for (path, text, expected) in [
            ("bin/version.txt", "WSO2 Micro Integrator v1.2.0\n", "WSO2 Micro Integrator 1.2.0"),
            ("bin/version.txt", "WSO2 Micro Integrator v4.1.0-beta2", "WSO2 Micro Integrator 4.1.0-beta2"),
            ("bin/version.txt", "WSO2 Enterprise Integrator v6.6.0\r\n", "WSO2 Enterprise Integrator 6.6.0"),
            ("bin/version.txt", "WSO2 API Manager v4.0.0", "WSO2 API Manager 4.0.0"),
            ("bin/version.txt", "WSO2 Streaming Integrator 4.0.0", "WSO2 Streaming Integrator 4.0.0"),
            ("bin/version.txt", "WSO2 Data Services Server v3.5.1", "WSO2 Data Services Server 3.5.1"),
            ("updates/product.txt", "wso2mi-4.0.0", "WSO2 Micro Integrator 4.0.0"),
            ("updates/product.txt", "wso2ei-6.6.0\n", "WSO2 Enterprise Integrator 6.6.0"),
            ("updates/product.txt", "wso2am-4.0.0", "WSO2 API Manager 4.0.0"),
            ("updates/product.txt", "wso2is-5.11.0", "WSO2 Identity Server 5.11.0"),
            ("updates/product.txt", "wso2das-3.1.0", "wso2das 3.1.0"),
            ("wso2/lib/org.wso2.micro.integrator.server-4.2.0.jar", "", "WSO2 Micro Integrator 4.2.0"),
            ("bin/version.txt", "\u{1b}[31mWSO2 Micro Integrator v1.2.0", "of no known product"),
            ("bin/version.txt", "GlassFish v5", "of no known product"),
            ("bin/version.txt", "", "of no known product"),
        ] {
            let identity = identify(&inventory(None, &[(path, text)]));
            assert_eq!(identity.to_string(), expected, "{path} {text:?}");
            if identity.product != Product::Unknown {
                assert_eq!(identity.said_by, path);
            }
        }
    }

    #[test]
    fn the_top_folder_speaks_last() {
        let alone = identify(&inventory(Some("wso2mi-1.2.0"), &[]));
        assert_eq!(
            (alone.to_string().as_str(), alone.said_by.as_str()),
            ("WSO2 Micro Integrator 1.2.0", "wso2mi-1.2.0")
        );
        let renamed = identify(&inventory(Some("wso2mi-1.2.0"), &[("updates/product.txt", "wso2am-4.0.0")]));
        assert_eq!(renamed.product, Product::ApiManager);
        assert_eq!(identify(&inventory(Some("my-server"), &[])).product, Product::Unknown);
    }

    #[test]
    fn another_product_is_named_with_what_is_needed() {
        let of = |text: &str| identify(&inventory(None, &[("bin/version.txt", text)]));
        assert_eq!(expect(&of("WSO2 Micro Integrator v4.0.0"), "4.0.0"), Ok(()));
        assert_eq!(
            expect(&of("WSO2 API Manager v4.0.0"), "4.0.0"),
            Err("is WSO2 API Manager 4.0.0 (`bin/version.txt` says so); WSO2 Micro Integrator 4.0.0 is needed here: \
                 the zip named wso2mi-4.0.0.zip of API-M 4.0.0"
                .into())
        );
        assert!(expect(&of("WSO2 Micro Integrator v4.1.0"), "4.0.0").is_err_and(|e| e.contains("Integrator 4.1.0")));
        assert!(expect(&of("?"), "1.2.0").is_err_and(|e| e.contains("no known product") && e.contains("EI 7.1.0")));
    }
}
