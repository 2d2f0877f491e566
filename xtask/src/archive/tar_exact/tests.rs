use super::*;
use crate::archive::tar_write::TarGz;

fn entries() -> Vec<Found> {
    let found = |name: &str, kind, mode, bytes: Option<&[u8]>| Found {
        name: name.to_owned(),
        kind,
        mode,
        owner: 802,
        content: bytes.map(|bytes| (bytes.len() as u64, Digest::of(bytes))),
    };
    vec![
        found("top", Kind::Folder, 0o755, None),
        found("top/a", Kind::File, 0o400, Some(b"text")),
        found(&"folder/".repeat(30), Kind::File, 0o644, Some(b"")),
        found("top/link", Kind::Symlink("../".repeat(60)), 0o777, None),
    ]
    .into_iter()
    .map(|found| Found { name: found.name.trim_end_matches('/').to_owned(), ..found })
    .collect()
}

fn written() -> (Vec<u8>, Digest) {
    let mut archive = TarGz::new(Vec::new(), Timestamp::FIXED, true).expect("memory takes all");
    for Found { name, kind, mode, owner, content } in &entries() {
        let size = content.map_or(0, |(size, _)| size);
        archive.start(&Header { name, kind, mode: *mode, owner: *owner, size }).expect("memory takes all");
        if size > 0 {
            archive.stored(&mut &b"text"[..], size).expect("it fits");
        }
    }
    let (bytes, digest) = archive.finish().expect("memory takes all");
    (bytes, digest.expect("it was wanted"))
}

fn reading(bytes: &[u8]) -> Result<(Vec<Found>, Digest), String> {
    let mut found = Vec::new();
    let digest = read(bytes, Timestamp::FIXED, Digested::Tar, &mut |entry| {
        found.push(entry);
        Ok(())
    })?;
    Ok((found, digest.expect("it was wanted")))
}

/// The tar, in a gzip of one stored block.
fn packed(tar: &[u8]) -> Vec<u8> {
    let mut gzip = gzip_write::Gzip::new(Vec::new()).expect("memory takes all");
    gzip.small(tar).expect("memory takes all");
    gzip.finish().expect("memory takes all")
}

fn tar() -> Vec<u8> {
    let mut tar = Vec::new();
    GzDecoder::new(&written().0[..]).read_to_end(&mut tar).expect("whole");
    tar
}

#[test]
fn what_was_written_reads_back() {
    let (bytes, digest) = written();
    assert_eq!(reading(&bytes), Ok((entries(), digest)));
    assert_eq!(reading(&packed(&tar())), Ok((entries(), digest)), "however its tar is compressed");
}

#[test]
fn whatever_is_cut_off_or_added_is_told() {
    let (bytes, _) = written();
    for length in 0..bytes.len() {
        assert!(reading(&bytes[..length]).is_err(), "{length}");
    }
    assert!(reading(&[&bytes[..], b"x"].concat()).expect_err("a byte").contains("after its gzip member"));
    assert!(reading(&[&bytes[..], &bytes].concat()).expect_err("a member").contains("after its gzip member"));
    let tar = tar();
    let longer = packed(&[&tar[..], &[0; 512]].concat());
    assert!(reading(&longer).expect_err("a block").contains("after the end of its tar"));
    assert!(reading(&packed(&tar[..tar.len() - 512])).expect_err("a block less").contains("cut off"));
}

#[test]
fn no_byte_of_the_tar_can_differ_unseen() {
    let (tar, (_, digest)) = (tar(), written());
    for place in 0..tar.len() {
        let mut other = tar.clone();
        other[place] ^= 1;
        if let Ok((found, other)) = reading(&packed(&other)) {
            assert!(found != entries() && other != digest, "byte {place}");
        }
    }
}

#[test]
fn another_time_is_told() {
    let other = Timestamp::from_seconds(1_600_000_000);
    let problem = read(&written().0[..], other, Digested::Files, &mut |_| Ok(())).expect_err("another time");
    assert!(problem.contains("`top` that is not as this tool writes it"), "{problem}");
}

#[test]
fn a_huge_name_takes_no_memory() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(1 << 40);
    header.set_cksum();
    assert!(reading(&packed(header.as_bytes())).expect_err("too long").contains("too long"));
}
