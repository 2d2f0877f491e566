//! What an image runs on.
//!
//! In: a text such as `linux/arm64/v8`. Out: a [`Platform`]. Always: lower-case words as Go names systems and processors.

use std::fmt;

/// System and processor of an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// The system, as Go's `GOOS` names it.
    pub os: String,
    /// The processor, as Go's `GOARCH` names it.
    pub architecture: String,
    /// Which one of the processors of that name, such as `v8`.
    pub variant: Option<String>,
}

impl Default for Platform {
    fn default() -> Self {
        Self { os: "linux".to_owned(), architecture: "amd64".to_owned(), variant: None }
    }
}

impl Platform {
    /// Reads `os/architecture` or `os/architecture/variant`. The error is a fragment to be put after the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = text.split('/');
        let (Some(os), Some(architecture), variant, None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("is not of the form `linux/amd64` or `linux/arm64/v8`");
        };
        Self::of(os, architecture, variant).ok_or("is not of lower-case words such as `linux/amd64`")
    }

    /// Of its words; `None` where one is no such word.
    pub fn of(os: &str, architecture: &str, variant: Option<&str>) -> Option<Self> {
        let is_word = |word: &str| {
            let in_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
            !word.is_empty() && word.len() <= 32 && word.bytes().all(in_word)
        };
        let all = is_word(os) && is_word(architecture) && variant.is_none_or(is_word);
        all.then(|| Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: variant.map(str::to_owned),
        })
    }

    /// Whether something for `other` is meant by this wish: where the wish names no variant, each of them is.
    pub fn takes(&self, other: &Self) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && (self.variant.is_none() || self.variant == other.variant)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_reads_back_as_it_prints() {
        for text in ["linux/amd64", "linux/arm64/v8", "windows/amd64"] {
            assert_eq!(Platform::parse(text).map(|platform| platform.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(Platform::default().to_string(), "linux/amd64");
        for text in ["", "linux", "linux/", "/amd64", "linux/arm64/v8/x", "Linux/amd64", "linux/amd 64", "linux/arm64/"]
        {
            assert!(Platform::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wish_without_a_variant_takes_each() {
        let of = |text| Platform::parse(text).expect("a platform");
        assert!(of("linux/arm64").takes(&of("linux/arm64/v8")));
        assert!(!of("linux/arm64/v8").takes(&of("linux/arm64")));
        assert!(!of("linux/arm64").takes(&of("linux/amd64")));
    }
}
