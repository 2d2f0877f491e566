use super::*;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;
use std::io::ErrorKind;

/// Gives a few bytes at a time.
struct Slowly<'a>(&'a [u8], usize);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

fn deflated(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn found(stream: &[u8], step: usize) -> io::Result<(Joint, Vec<u8>)> {
    let mut inflated = Vec::new();
    let joint = Finder::default().inflate(&mut Slowly(stream, step), &mut |piece| {
        inflated.extend(piece);
        Ok(())
    })?;
    let content = (inflated.len() as u64, crc32fast::hash(&inflated));
    let again = Finder::default().find(&mut Slowly(stream, step), content, &mut |_| ())?;
    assert_eq!(joint, again);
    Ok((joint, inflated))
}

/// What an independent inflater makes of it; nothing where it refuses it.
fn elsewhere(stream: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    DeflateDecoder::new(stream).read_to_end(&mut out).is_ok().then_some(out)
}

/// The stream without its end.
fn open(stream: &[u8], joint: Joint, buffer: usize) -> Vec<u8> {
    let mut out = Vec::new();
    joint.write(&mut &*stream, stream.len() as u64, &mut vec![0; buffer], &mut out).expect("it is as long as it says");
    out
}

/// What several streams inflate to, joined by an independent inflater.
fn joined(streams: &[Vec<u8>], step: usize) -> Vec<u8> {
    let mut all = Vec::new();
    for stream in streams {
        let (joint, _) = found(stream, step).expect("a whole stream");
        all.extend(open(stream, joint, step + 3));
    }
    all.extend([3, 0]);
    let mut out = Vec::new();
    DeflateDecoder::new(&all[..]).read_to_end(&mut out).expect("a whole stream");
    out
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 9u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn streams_follow_each_other_whatever_bit_they_end_at() {
    let mut ends = std::collections::BTreeSet::new();
    let mut streams = Vec::new();
    let mut expected: Vec<u8> = Vec::new();
    for length in (0..90).chain([5_000, 70_000, 400_000]) {
        for level in [0, 1, 6, 9] {
            let text: Vec<u8> = noise(length).iter().map(|byte| b"etaoin shrdlu"[usize::from(byte % 13)]).collect();
            for bytes in [text, noise(length)] {
                let stream = deflated(&bytes, level);
                ends.insert(found(&stream, 4096).expect("whole").0.end % 8);
                expected.extend(&bytes);
                streams.push(stream);
            }
        }
    }
    assert_eq!(ends.len(), 8, "streams that end at each bit: {ends:?}");
    assert_eq!(joined(&streams, 4096), expected);
}

#[test]
fn streams_with_many_blocks_of_all_kinds_are_joined() {
    let mut compress = Compress::new(Compression::new(6), false);
    let mut stream = Vec::with_capacity(1 << 20);
    let mut expected = Vec::new();
    for (index, flush) in [FlushCompress::None, FlushCompress::Sync, FlushCompress::Partial, FlushCompress::Full]
        .into_iter()
        .cycle()
        .take(40)
        .enumerate()
    {
        let piece = if index % 3 == 0 { noise(index * 100) } else { b"block after block ".repeat(index * 7) };
        compress.compress_vec(&piece, &mut stream, flush).expect("room enough");
        expected.extend(piece);
    }
    compress.compress_vec(&[], &mut stream, FlushCompress::Finish).expect("room enough");
    for step in [1, 2, 7, 64, 65536] {
        let (_, inflated) = found(&stream, step).expect("a whole stream");
        assert!(inflated == expected, "in pieces of {step}");
        let twice = joined(&[stream.clone(), stream.clone()], step);
        assert!(twice == [&expected[..], &expected[..]].concat(), "in pieces of {step}");
    }
}

#[test]
fn what_is_no_whole_stream_is_an_error() {
    let stream = deflated(&b"some text, and some text again".repeat(50), 6);
    for length in 0..stream.len() {
        let error = found(&stream[..length], 16).expect_err("it is cut off");
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{length}");
        assert!(error.to_string().contains("cut off"), "{length}: {error}");
    }
    let followed = [&stream[..], b"x"].concat();
    assert!(found(&followed, 16).expect_err("a byte follows").to_string().contains("follow"));
    assert!(found(&[7, 7, 7], 16).expect_err("no block has this kind").to_string().contains("broken"));
    // A stored block whose length is not the complement of its length.
    assert!(found(&[1, 5, 0, 0, 0], 16).is_err());
}

#[test]
fn what_inflates_to_other_bytes_is_an_error() {
    let stream = deflated(b"text", 6);
    let crc = crc32fast::hash(b"text");
    for content in [(3, crc), (5, crc), (4, crc ^ 1)] {
        let error = Finder::default().find(&mut &stream[..], content, &mut |_| ()).expect_err("others");
        assert!(error.to_string().contains("do not match"), "{error}");
    }
    // Four bytes that are copied from before the beginning.
    let reaching = [0x03, 0x01, 0x02, 0x00];
    let error = found(&reaching, 16).and_then(|_| Finder::default().find(&mut &reaching[..], (4, crc), &mut |_| ()));
    assert!(error.is_err());
}

#[test]
fn a_stream_of_another_length_is_an_error() {
    let stream = deflated(b"text", 6);
    let (joint, _) = found(&stream, 16).expect("whole");
    for length in [stream.len() as u64 - 1, stream.len() as u64 + 1] {
        let result = joint.write(&mut &stream[..], length, &mut [0; 16], &mut io::sink());
        assert!(matches!(result, Err(Failure::Length)), "{length}");
    }
    let result = joint.write(&mut &stream[1..], stream.len() as u64, &mut [0; 16], &mut io::sink());
    assert!(matches!(result, Err(Failure::Length)));
}

proptest! {
    #[test]
    fn any_bytes_come_back(pieces in proptest::collection::vec((any::<Vec<u8>>(), 0..10u32), 1..6), step in 1..40usize) {
        let streams: Vec<_> = pieces.iter().map(|(bytes, level)| deflated(bytes, (*level).min(9))).collect();
        let expected: Vec<u8> = pieces.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        prop_assert_eq!(joined(&streams, step), expected);
    }

    #[test]
    fn hostile_streams_end_without_a_panic(bytes in any::<Vec<u8>>(), step in 1..5usize) {
        if let Ok((joint, inflated)) = found(&bytes, step) {
            prop_assert!(elsewhere(&bytes).is_none_or(|other| other == inflated));
            prop_assert_eq!(joint.end.div_ceil(8), bytes.len() as u64);
        }
    }

    #[test]
    fn damaged_streams_end_without_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 1..400),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        step in 1..9usize,
    ) {
        let mut stream = deflated(&bytes.repeat(3), 6);
        let place = at.index(stream.len());
        stream[place] ^= with;
        if let (Ok((joint, inflated)), Some(other)) = (found(&stream, step), elsewhere(&stream)) {
            prop_assert_eq!(&inflated, &other);
            prop_assert_eq!(joined(std::slice::from_ref(&stream), step), inflated);
            prop_assert!(joint.last_block < joint.end);
        }
    }
}
