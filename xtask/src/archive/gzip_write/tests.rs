use super::*;
use crate::archive::deflate_joint::Finder;
use flate2::read::GzDecoder;
use flate2::write::DeflateEncoder;

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

#[test]
fn parts_of_every_kind_make_one_member() {
    let mut gzip = Gzip::new(Vec::new()).expect("memory takes all");
    let (text, large) = (b"text ".repeat(5_000), vec![7; 200_001]);
    let stream = deflated(&text);
    let content = (text.len() as u64, crc32fast::hash(&text));
    let joint = Finder::default().find(&mut &stream[..], content, &mut |_| ()).expect("whole");
    let mut seen = 0;
    gzip.small(b"first").expect("memory takes all");
    gzip.stored(&mut &large[..], large.len() as u64, &mut |piece| seen += piece.len()).expect("as long as it says");
    gzip.joined(&mut &stream[..], stream.len() as u64, joint, content).expect("as long as it says");
    gzip.small(&[]).expect("memory takes all");
    gzip.small(&vec![0; 100_000]).expect("memory takes all");
    let bytes = gzip.finish().expect("memory takes all");
    assert_eq!(seen, large.len());
    let mut out = Vec::new();
    let mut decoder = GzDecoder::new(&bytes[..]);
    decoder.read_to_end(&mut out).expect("size and CRC-32 fit");
    assert!(out == [b"first", &large[..], &text, &vec![0; 100_000]].concat());
    assert!(decoder.into_inner().is_empty(), "one member and nothing after it");
}

#[test]
fn an_empty_member_is_whole() {
    let bytes = Gzip::new(Vec::new()).and_then(Gzip::finish).expect("memory takes all");
    let mut out = Vec::new();
    GzDecoder::new(&bytes[..]).read_to_end(&mut out).expect("whole");
    assert!(out.is_empty());
}

#[test]
fn a_part_of_another_length_is_an_error() {
    let mut gzip = Gzip::new(Vec::new()).expect("memory takes all");
    for length in [2, 4] {
        assert!(matches!(gzip.stored(&mut &b"abc"[..], length, &mut |_| ()), Err(Failure::Length)), "{length}");
    }
}

#[test]
fn noise_that_does_not_get_smaller_is_taken() {
    let noise: Vec<u8> =
        (0..40_000u64).flat_map(|n| crate::digest::Digest::of(&n.to_le_bytes()).to_string().into_bytes()).collect();
    let mut gzip = Gzip::new(Vec::new()).expect("memory takes all");
    gzip.small(&noise).expect("memory takes all");
    let bytes = gzip.finish().expect("memory takes all");
    let mut out = Vec::new();
    GzDecoder::new(&bytes[..]).read_to_end(&mut out).expect("whole");
    assert!(out == noise);
}
