//! Settings that become comments.
//!
//! In: an [`Editor`] and a numbered key. Out: the editor with the lines of the setting as comments, and a line above
//! that says why. Always: the lines keep their bytes after the comment sign; the tree has the setting no more.

use super::sheet::{Kind, Piece};
use super::{Editor, literal, tree};
use crate::document::Step;

impl Editor {
    /// Makes comments of all lines of a key.
    pub(super) fn comment_out(&mut self, key: &[Step], because: &str) {
        if key.is_empty() {
            return;
        }
        let goes = tree::uppermost(&self.root, key).to_vec();
        let is_of_it = |piece: &Piece| piece.key().is_some_and(|there| there.starts_with(&goes));
        let Some(first) = self.sheet.pieces.iter().position(is_of_it) else {
            return self.comment_out_inside(&goes, because);
        };
        let indent = self.sheet.pieces.get(first).map(Piece::indent).unwrap_or_default().to_owned();
        let mut pieces = Vec::with_capacity(self.sheet.pieces.len() + 1);
        for (at, piece) in std::mem::take(&mut self.sheet.pieces).into_iter().enumerate() {
            if at == first {
                pieces.push(self.sheet.comment(&indent, &format!("# {because}:")));
            }
            if is_of_it(&piece) {
                pieces.extend(commented(&piece.text));
            } else {
                pieces.push(piece);
            }
        }
        self.sheet.pieces = pieces;
        if let Some((Step::Nth(number), array)) = goes.split_last() {
            self.sheet.renumber(array, number + 1, false);
        }
        tree::remove(&mut self.root, &goes);
    }

    /// The same for what stands inside a value: it has no line of its own, and gets one.
    fn comment_out_inside(&mut self, key: &[Step], because: &str) {
        let Some(value) = tree::get(&self.root, key) else { return };
        let name = tree::names(key).map(crate::document::key::quoted).collect::<Vec<_>>().join(".");
        let line = format!("{name} = {}", literal::written(value));
        self.comment(key, &[format!("{because}:"), line]);
        self.remove(key);
    }
}

fn commented(text: &str) -> impl Iterator<Item = Piece> + '_ {
    text.split_inclusive('\n').map(|line| {
        let sign = if line.trim().is_empty() { "#" } else { "# " };
        Piece { text: format!("{sign}{line}"), kind: Kind::Comment }
    })
}

#[cfg(test)]
mod tests {
    use crate::document::edit::{Edit, apply};
    use crate::document::{Key, parse};

    #[test]
    fn settings_become_comments_with_a_reason() {
        for (before, key, after) in [
            (
                "[a]\r\nx = 1 # one\r\n\r\n[keystore.tls]\r\nfile = \"f\"\r\n# own\r\n\r\n[b]\r\ny = 1\r\n",
                "keystore.tls",
                "[a]\r\nx = 1 # one\r\n\r\n# dead:\r\n# [keystore.tls]\r\n# file = \"f\"\r\n# own\r\n\r\n[b]\r\ny = 1\r\n",
            ),
            ("[a]\nx = 1\ny = '''\nz\n\n'''\n", "a.y", "[a]\nx = 1\n# dead:\n# y = '''\n# z\n#\n# '''\n"),
            ("[a]\nx = 1", "a.x", "# dead:\n# [a]\n# x = 1"),
            ("a = { x = 1, y = 2 }\n", "a.x", "# dead:\n# a.x = 1\na = { y = 2 }\n"),
            (
                "[[a]]\nid = 1\n[a.b]\nx = 1\n[[a]]\nid = 2\n",
                "a[id=1]",
                "# dead:\n# [[a]]\n# id = 1\n# [a.b]\n# x = 1\n[[a]]\nid = 2\n",
            ),
            ("[[a]]\nx = 1\n\n[[a]]\nx = 2\n", "a", "# dead:\n# [[a]]\n# x = 1\n\n# [[a]]\n# x = 2\n"),
            ("[a]\nx = 1\n", "a.z", "[a]\nx = 1\n"),
        ] {
            let document = parse(before.as_bytes()).expect("TOML");
            let edit = Edit::CommentOut { key: Key::parse(key).expect("a key"), because: "dead".to_owned() };
            let made = apply(&document, &[edit], None).expect("an edit that can be made");
            assert_eq!(made.text, after);
        }
    }
}
