//! The result of a measurement.
//!
//! In: rows, and facts of machine and inputs. Out: a table or JSON. Always: ratios are to the first row's median.

use super::Row;
use crate::sample::SamplePaths;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

/// What the figures were measured on.
pub(super) struct Facts {
    cores: usize,
    processor: String,
    fresh_bytes: u64,
    pristine_bytes: u64,
    runs: u32,
}

impl Facts {
    /// Of this machine and these inputs.
    pub(super) fn of(paths: &SamplePaths, runs: u32) -> Result<Self> {
        let size = |path: &std::path::Path| {
            fs::metadata(path)
                .map(|metadata| metadata.len())
                .with_context(|| format!("`{}` cannot be read", path.display()))
        };
        let (cores, processor) = machine();
        Ok(Self { cores, processor, fresh_bytes: size(&paths.fresh)?, pristine_bytes: size(&paths.pristine)?, runs })
    }
}

/// The machine: its cores, and its processor.
pub(super) fn machine() -> (usize, String) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores, processor().unwrap_or_else(|| "unknown processor".into()))
}

/// The model as Linux names it.
fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
}

/// The middle one, or what lies between the two in the middle.
pub(super) fn median(times: &[Duration]) -> Option<Duration> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some((lower + upper) / 2)
}

/// The median of a row, and how many times the first row's it is.
fn median_and_ratio(rows: &[Row], row: &Row) -> Option<(f64, f64)> {
    let yardstick = median(&rows.first()?.times)?.as_secs_f64();
    let median = median(&row.times)?.as_secs_f64();
    Some((median, median / yardstick))
}

/// A table for people.
pub(super) fn text(facts: &Facts, rows: &[Row]) -> String {
    let Facts { cores, processor, fresh_bytes, pristine_bytes, runs } = facts;
    let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
    let mut text = format!(
        "{cores} cores, {processor}; fresh zip {} MiB, pristine zip {} MiB; medians of {runs}, in turns\n\n",
        mib(*fresh_bytes),
        mib(*pristine_bytes),
    );
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let _ = writeln!(text, "{:width$}  {:>9}  {:>6}  {:>9}", "", "median", "ratio", "peak");
    for row in rows {
        let _ = match median_and_ratio(rows, row) {
            Some((median, ratio)) => {
                let peak = row.peak.map_or_else(|| "-".to_owned(), |kib| format!("{} MiB", kib.div_ceil(1024)));
                write!(text, "{:width$}  {median:>7.3} s  {ratio:>6.2}  {peak:>9}", row.name)
            }
            None => write!(text, "{:width$}  {:>9}  {:>6}  {:>9}", row.name, "-", "-", "-"),
        };
        let _ = writeln!(text, "{}", row.note.as_ref().map(|note| format!("  ({note})")).unwrap_or_default());
    }
    text + "\nratio: to the first row. peak: memory of the last program of the row, read while it ran.\n"
}

/// For programs.
pub(super) fn json(facts: &Facts, rows: &[Row]) -> String {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let figures = median_and_ratio(rows, row);
            json!({
                "name": row.name,
                "median_seconds": figures.map(|(median, _)| median),
                "ratio": figures.map(|(_, ratio)| ratio),
                "seconds": row.times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>(),
                "peak_kib": row.peak,
                "note": row.note,
            })
        })
        .collect();
    let value = json!({
        "schema_version": 1,
        "cores": facts.cores,
        "processor": facts.processor,
        "fresh_bytes": facts.fresh_bytes,
        "pristine_bytes": facts.pristine_bytes,
        "runs": facts.runs,
        "rows": rows,
    });
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |name: &str, millis: &[u64], note: Option<&str>| Row {
            name: name.into(),
            times: millis.iter().copied().map(Duration::from_millis).collect(),
            peak: (name == "package").then_some(40_000),
            note: note.map(str::to_owned),
        };
        vec![row("copy", &[300, 100, 200], None), row("zip", &[], Some("skipped")), row("package", &[400, 600], None)]
    }

    const FACTS: fn() -> Facts =
        || Facts { cores: 2, processor: "sample".into(), fresh_bytes: 1, pristine_bytes: 2 << 20, runs: 3 };

    #[test]
    fn ratios_are_to_the_first_row() {
        let text = text(&FACTS(), &rows());
        assert!(text.starts_with("2 cores, sample; fresh zip 1 MiB, pristine zip 2 MiB; medians of 3"), "{text}");
        assert!(text.contains("\ncopy       0.200 s    1.00          -\n"), "{text}");
        assert!(text.contains("\npackage    0.500 s    2.50     40 MiB\n"), "{text}");
        assert!(text.contains("  (skipped)\n"), "{text}");
    }

    #[test]
    fn json_says_the_same() {
        let value: Value = serde_json::from_str(&json(&FACTS(), &rows())).expect("good JSON");
        assert_eq!(value["rows"][2]["ratio"], 2.5);
        assert_eq!(value["rows"][1]["median_seconds"], Value::Null);
        assert_eq!(value["rows"][2]["peak_kib"], 40_000);
    }
}
