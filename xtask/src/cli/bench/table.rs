//! The result of a measurement.
//!
//! In: rows, and facts of machine and inputs. Out: a table or JSON. Always: ratios are to the first row's median, and to
//! that of the fastest usual way to the same output.

use super::{Group, Kind, Row};
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

/// The figures of a row.
struct Figures {
    median: f64,
    /// How many times the yardstick's median it is.
    ratio: f64,
    /// How many times that of the fastest usual way it is.
    to_usual: Option<f64>,
}

fn figures(rows: &[Row], row: &Row) -> Option<Figures> {
    let seconds = |row: &Row| median(&row.times).map(|time| time.as_secs_f64());
    let yardstick = rows.first().and_then(seconds)?;
    let median = seconds(row)?;
    let usual = usual(rows, row).filter_map(seconds).min_by(f64::total_cmp);
    Some(Figures { median, ratio: median / yardstick, to_usual: usual.map(|usual| median / usual) })
}

/// What a row is compared with beside the yardstick: the usual ways to its output, or the same done for one output after
/// the other.
fn usual<'a>(rows: &'a [Row], row: &Row) -> impl Iterator<Item = &'a Row> {
    let (group, name) = (row.group, row.name.clone());
    // The sum stands right before what is done at once.
    let before = rows.iter().position(|other| other.name == name).and_then(|at| at.checked_sub(1));
    rows.iter().enumerate().filter_map(move |(at, other)| match group {
        Group::Output(_) if other.group == group && other.kind == Kind::Usual => Some(other),
        Group::All if other.kind == Kind::Sum && (Some(at) == before || other.name == name) => Some(other),
        _ => None,
    })
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
    let indented = |row: &Row| if row.group == Group::Yardstick { row.name.clone() } else { format!("  {}", row.name) };
    let width = rows.iter().map(|row| indented(row).chars().count()).max().unwrap_or(0);
    let _ = writeln!(text, "{:width$}  {:>9}  {:>6}  {:>8}  {:>9}", "", "median", "ratio", "to usual", "memory");
    let mut group = Group::Yardstick;
    for row in rows {
        if row.group != group {
            group = row.group;
            let _ = writeln!(text, "{}", group.name());
        }
        let name = indented(row);
        let _ = match figures(rows, row) {
            Some(Figures { median, ratio, to_usual }) => {
                let to_usual = to_usual.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
                write!(text, "{name:width$}  {median:>7.3} s  {ratio:>6.2}  {to_usual:>8}  {:>9}", memory(row))
            }
            None => write!(text, "{name:width$}  {:>9}  {:>6}  {:>8}  {:>9}", "-", "-", "-", "-"),
        };
        let _ = writeln!(text, "{}", row.note.as_ref().map(|note| format!("  ({note})")).unwrap_or_default());
    }
    text + "\nratio: to the first row. to usual: to the fastest of the usual tools for the output; of all outputs at once, to \
            one after the other.\nmemory: the peak of the last program of the row, read while it ran; with a +, by how much \
            that of a process which had read and planned rose.\n"
}

fn memory(row: &Row) -> String {
    let mib = |kib: u64| kib.div_ceil(1024);
    match (row.rise, row.peak) {
        (Some(rise), _) => format!("+{} MiB", mib(rise)),
        (None, Some(peak)) => format!("{} MiB", mib(peak)),
        (None, None) => "-".to_owned(),
    }
}

/// For programs.
pub(super) fn json(facts: &Facts, rows: &[Row]) -> String {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let figures = figures(rows, row);
            let kind = match row.kind {
                Kind::Usual => "usual",
                Kind::Whole => "package",
                Kind::Step => "step",
                Kind::Sum => "sum",
            };
            json!({
                "name": row.name,
                "group": row.group.name(),
                "kind": kind,
                "median_seconds": figures.as_ref().map(|figures| figures.median),
                "ratio": figures.as_ref().map(|figures| figures.ratio),
                "ratio_to_usual": figures.as_ref().and_then(|figures| figures.to_usual),
                "seconds": row.times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>(),
                "peak_kib": row.peak,
                "rise_kib": row.rise,
                "note": row.note,
            })
        })
        .collect();
    let value = json!({
        "schema_version": 2,
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
    use super::super::with_sums;
    use super::*;
    use crate::output::Output;

    fn rows() -> Vec<Row> {
        let (zip, tar) = (Group::Output(Output::Zip), Group::Output(Output::TarGz));
        let row = |name: &str, group: Group, kind: Kind, millis: &[u64]| Row {
            times: millis.iter().copied().map(Duration::from_millis).collect(),
            ..Row::empty(name.into(), group, kind)
        };
        let skipped = Some("skipped: `zip` is not installed".to_owned());
        let peak = Some(40_000);
        with_sums(vec![
            row("copy", Group::Yardstick, Kind::Usual, &[300, 100, 200]),
            Row { note: skipped, ..row("zip", zip, Kind::Usual, &[]) },
            Row { peak, ..row("package zip", zip, Kind::Whole, &[400, 600]) },
            row("tar | gzip", tar, Kind::Usual, &[4000]),
            row("tar | pigz", tar, Kind::Usual, &[2000]),
            row("package tar", tar, Kind::Whole, &[500, 500]),
            Row { rise: peak, ..row("writing tar", tar, Kind::Step, &[100]) },
            row("package both", Group::All, Kind::Whole, &[750]),
            Row { rise: Some(1), ..row("writing both", Group::All, Kind::Step, &[200]) },
        ])
    }

    const FACTS: fn() -> Facts =
        || Facts { cores: 2, processor: "sample".into(), fresh_bytes: 1, pristine_bytes: 2 << 20, runs: 3 };

    #[test]
    fn ratios_are_to_the_first_row_and_to_the_fastest_usual_tool() {
        let text = text(&FACTS(), &rows());
        assert!(text.starts_with("2 cores, sample; fresh zip 1 MiB, pristine zip 2 MiB; medians of 3"), "{text}");
        let lines: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        for line in [
            "copy 0.200 s 1.00 - -",
            "zip - - - - (skipped: `zip` is not installed)",
            "package zip 0.500 s 2.50 - 40 MiB",
            "tar | gzip 4.000 s 20.00 2.00 -",
            "tar | pigz 2.000 s 10.00 1.00 -",
            "package tar 0.500 s 2.50 0.25 -",
            "writing tar 0.100 s 0.50 0.05 +40 MiB",
            "all outputs at once",
            "package, once for each output 1.000 s 5.00 1.00 -",
            "package both 0.750 s 3.75 0.75 -",
            "writing, once for each output 0.100 s 0.50 1.00 -",
            "writing both 0.200 s 1.00 2.00 +1 MiB",
        ] {
            assert!(lines.iter().any(|other| other == line), "{line}\n{text}");
        }
    }

    #[test]
    fn json_says_the_same() {
        let value: Value = serde_json::from_str(&json(&FACTS(), &rows())).expect("good JSON");
        let row = |name: &str| value["rows"].as_array().expect("rows").iter().find(|row| row["name"] == name);
        let row = |name: &str| row(name).expect("a row");
        assert_eq!(row("package zip")["ratio"], 2.5);
        assert_eq!(row("package zip")["peak_kib"], 40_000);
        assert_eq!(row("package tar")["ratio_to_usual"], 0.25);
        assert_eq!((&row("writing tar")["group"], &row("writing tar")["rise_kib"]), (&json!("tar.gz"), &json!(40_000)));
        assert_eq!(row("zip")["median_seconds"], Value::Null);
        assert_eq!(row("package both")["ratio_to_usual"], 0.75);
    }
}
