//! What an image is called.
//!
//! In: the name of the bundle. Out: a [`Reference`]. Always: valid for an image layout and for a registry.

/// Name and tag of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The repository, such as `wso2mi`.
    pub repository: &'static str,
    /// The tag, such as `4.0.0-upgraded`.
    pub tag: String,
}

/// The repository: what the distributions of the product are called, too.
const REPOSITORY: &str = "wso2mi";
/// A tag has no more bytes. Source: OCI distribution-spec v1.1.0, `spec.md`, `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
const LONGEST_TAG: usize = 128;

impl Reference {
    /// The name of the bundle without `wso2mi-` is the tag: `wso2mi-4.0.0-upgraded` is the image
    /// `wso2mi:4.0.0-upgraded`. What no tag can hold becomes a hyphen.
    ///
    /// Words are joined by a single separator, as `org.opencontainers.image.ref.name` wants it. Source: OCI image-spec
    /// v1.1.0, `annotations.md`.
    pub fn of_bundle(name: &str) -> Self {
        let rest = name.strip_prefix(REPOSITORY).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name);
        let mut tag = String::new();
        let mut separator = None;
        for letter in rest.chars() {
            if !letter.is_ascii_alphanumeric() {
                let kept = if ['.', '_'].contains(&letter) { letter } else { '-' };
                separator = separator.or(Some(kept));
                continue;
            }
            tag.extend(separator.take().filter(|_| !tag.is_empty()));
            if tag.len() >= LONGEST_TAG {
                break;
            }
            tag.push(letter);
        }
        tag.truncate(LONGEST_TAG);
        let tag = tag.trim_end_matches(['.', '_', '-']);
        let tag = if tag.is_empty() { "upgraded" } else { tag };
        Self { repository: REPOSITORY, tag: tag.to_owned() }
    }

    /// As `docker load` shows it.
    pub fn short(&self) -> String {
        format!("{}:{}", self.repository, self.tag)
    }

    /// With the registry that container engines think of where none is said.
    pub fn full(&self) -> String {
        format!("docker.io/library/{}:{}", self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_made_of_the_name_of_the_bundle() {
        for (name, tag) in [
            ("wso2mi-4.0.0-upgraded", "4.0.0-upgraded"),
            ("mine", "mine"),
            ("wso2mi-", "upgraded"),
            ("wso2mi", "wso2mi"),
            ("--..a__b-.c d/é9..", "a_b-c-d-9"),
            ("Ü", "upgraded"),
        ] {
            assert_eq!(Reference::of_bundle(name).tag, tag, "{name}");
        }
        assert_eq!(Reference::of_bundle("wso2mi-1").short(), "wso2mi:1");
        assert_eq!(Reference::of_bundle("wso2mi-1").full(), "docker.io/library/wso2mi:1");
        assert_eq!(Reference::of_bundle(&"a.".repeat(200)).tag.len(), 127);
        assert_eq!(Reference::of_bundle(&"a".repeat(200)).tag.len(), 128);
    }
}
