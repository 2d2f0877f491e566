//! The 1.2.0 text of a file, made from the one that 4.0.0 ships.
//!
//! In: a path and the fresh distribution's bytes. Out: the bytes that 1.2.0 shipped at that path, or `None`.
//! Always: what comes out has the digest that the listing of 1.2.0 states, or is stated to be the same in both
//! releases. A fresh distribution that was updated therefore gives either the right text or none.

mod edits;

use super::listing::{Known, listing};
use crate::digest::Digest;
use edits::{EDITS, Edit};

/// Texts longer than this are not worked on; the longest of the files in the table has 47 KB.
const LONGEST: usize = 1 << 20;

/// The content that 1.2.0 shipped at a path, as far as the fresh content tells.
pub fn pristine_text(path: &str, fresh: &[u8]) -> Option<Vec<u8>> {
    let Known { digest, same_in_fresh, .. } = listing().get(path)?;
    if same_in_fresh {
        return Some(fresh.to_vec());
    }
    let digest = digest?;
    if Digest::of(fresh) == digest {
        return Some(fresh.to_vec());
    }
    let (_, edits) = EDITS.iter().find(|(edited, _)| *edited == path)?;
    let text = std::str::from_utf8(fresh).ok().filter(|text| text.len() <= LONGEST)?;
    let text = edits.iter().try_fold(text.to_owned(), |text, edit| apply(edit, &text))?;
    (Digest::of(text.as_bytes()) == digest).then(|| text.into_bytes())
}

/// The text after one edit; `None` where it finds nothing to edit.
fn apply(edit: &Edit, text: &str) -> Option<String> {
    match *edit {
        Edit::Swap(fresh, pristine) => text.contains(fresh).then(|| text.replace(fresh, pristine)),
        Edit::Cut(from, before) => {
            let (head, rest) = text.split_once(from)?;
            let tail = if before.is_empty() { "" } else { rest.get(rest.find(before)?..)? };
            Some(format!("{head}{tail}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_come_out_as_1_2_0_shipped_them() {
        let check = |path, fresh: &str, pristine: Option<&str>| {
            assert_eq!(pristine_text(path, fresh.as_bytes()).as_deref(), pristine.map(str::as_bytes), "{path}");
        };
        check("bin/version.txt", "WSO2 Micro Integrator v4.0.0\n", Some("WSO2 Micro Integrator v1.2.0\n"));
        check("bin/version.txt", "WSO2 Micro Integrator v1.2.0\n", Some("WSO2 Micro Integrator v1.2.0\n"));
        check("bin/version.txt", "WSO2 Micro Integrator v4.0.0\nand more\n", None);
        check("bin/version.txt", "nothing to edit\n", None);
        check("updates/product.txt", "wso2mi-4.0.0", Some("wso2mi-1.2.0"));
        check("bin/micro-integrator.sh", "whatever it is", Some("whatever it is"));
        check("bin/tcpmon.sh", "digest not known", None);
        check("conf/no-such-file", "", None);
    }

    #[test]
    fn edits_cut_up_to_a_mark_or_the_end() {
        assert_eq!(apply(&Edit::Cut("b", "d"), "abcde").as_deref(), Some("ade"));
        assert_eq!(apply(&Edit::Cut("b", ""), "abcde").as_deref(), Some("a"));
        assert_eq!(apply(&Edit::Cut("x", "d"), "abcde"), None);
        assert_eq!(apply(&Edit::Cut("b", "x"), "abcde"), None);
        assert_eq!(apply(&Edit::Swap("b", "xyz"), "abcb").as_deref(), Some("axyzcxyz"));
    }

    #[test]
    fn every_edited_file_has_a_digest_to_hold_it_to() {
        for (path, edits) in EDITS {
            assert!(listing().get(path).is_some_and(|known| known.digest.is_some()), "{path}");
            assert!(!edits.is_empty(), "{path}");
        }
    }

    /// Runs where the two distributions, unpacked or at least their texts, lie below `UPGRADE_RELEASE_FILES`.
    #[test]
    fn the_texts_of_the_real_releases_agree() {
        let Some(folder) = std::env::var_os("UPGRADE_RELEASE_FILES").map(std::path::PathBuf::from) else {
            crate::tests::skipped("UPGRADE_RELEASE_FILES does not name a folder with 1.2.0/ and 4.0.0/");
            return;
        };
        let mut same = 0;
        for path in listing().paths() {
            let read = |release| std::fs::read(folder.join(release).join(path)).ok();
            let (Some(pristine), Some(fresh)) = (read("1.2.0"), read("4.0.0")) else { continue };
            let made = pristine_text(path, &fresh);
            assert!(made.as_ref().is_none_or(|made| *made == pristine), "{path} came out wrong");
            let expected = pristine == fresh || EDITS.iter().any(|(edited, _)| *edited == path);
            assert_eq!(made.is_some(), expected, "{path}");
            same += usize::from(made.is_some());
        }
        println!("{same} files of 1.2.0 follow from 4.0.0");
        assert!(same > 80);
    }
}
