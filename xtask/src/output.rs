//! The forms that a result is written in.
//!
//! In: nothing, or a name. Out: an [`Output`]. Always: plain data; the order is the one in which they are listed.

/// One form of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Output {
    /// A zip archive of the server.
    Zip,
    /// A tar archive of the server, in a gzip.
    TarGz,
    /// What a container builder needs beside a base image.
    DockerContext,
    /// An image, as a layout in a folder and as a tar of it.
    Oci,
}

impl Output {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Zip, Self::TarGz, Self::DockerContext, Self::Oci];

    /// As the command line and the manifest name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::TarGz => "tar.gz",
            Self::DockerContext => "docker-context",
            Self::Oci => "oci",
        }
    }

    /// The form with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|output| output.name() == name)
    }

    /// Whether it is made of layers.
    pub fn has_layers(self) -> bool {
        matches!(self, Self::DockerContext | Self::Oci)
    }

    /// What it is called in a bundle: a file, or a folder.
    pub fn file(self, name: &str) -> String {
        match self {
            Self::Zip => format!("{name}.zip"),
            Self::TarGz => format!("{name}.tar.gz"),
            Self::DockerContext | Self::Oci => self.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name() {
        for output in Output::ALL {
            assert_eq!(Output::named(output.name()), Some(output));
        }
        assert_eq!(Output::named("rpm"), None);
    }
}
