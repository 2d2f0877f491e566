use super::*;
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;
