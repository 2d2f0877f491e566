//! The result of `bench --databases`.
//!
//! In: rows, and facts of the machine. Out: a table or JSON. Always: ratios are to the row's own backup.

use super::{Row, STEPS};
use crate::cli::bench::table::{machine, median};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What the figures were measured on.
pub(super) struct Facts {
    cores: usize,
    processor: String,
    /// The load average of the last five minutes, at the end; other work shows in it.
    load: Option<f64>,
    runs: u32,
}

impl Facts {
    /// Of this machine, now.
    pub(super) fn of(runs: u32) -> Self {
        let (cores, processor) = machine();
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        let load = load.and_then(|text| text.split_whitespace().nth(1)?.parse().ok());
        Self { cores, processor, load, runs }
    }
}

/// The median of each step and its ratio to the backup's; empty where it did not run.
fn figures(row: &Row) -> Vec<(&'static str, f64, f64)> {
    let medians: Option<Vec<f64>> = row.times.iter().map(|times| Some(median(times)?.as_secs_f64())).collect();
    let medians = medians.unwrap_or_default();
    let backup = medians.first().copied().unwrap_or_default();
    STEPS.iter().zip(medians).map(|(step, median)| (*step, median, median / backup)).collect()
}

/// 1000000 as people read it.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// A table for people.
pub(super) fn text(facts: &Facts, rows: &[Row]) -> String {
    let Facts { cores, processor, load, runs } = facts;
    let load = load.map_or_else(String::new, |load| format!("; load average {load:.1}"));
    let mut text = format!("{cores} cores, {processor}; medians of {runs}, each in a database made for it{load}\n");
    for row in rows {
        let _ = writeln!(text, "\n{}, {} users", row.database, grouped(row.users));
        if let Some(note) = &row.note {
            let _ = writeln!(text, "  not measured: {note}");
        }
        for (step, median, ratio) in figures(row) {
            let _ = writeln!(text, "  {step:<10}  {median:>8.2} s  {ratio:>7.2}");
        }
    }
    text + "\nThe last column is the ratio to the backup of the same database by the runbook's command, in the same rounds. \
            Time\nthat backup on your own database beforehand: times the ratio it is about what the script takes there.\n"
}

/// For programs.
pub(super) fn json(facts: &Facts, rows: &[Row]) -> String {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let seconds = row.times.iter().map(|times| times.iter().map(std::time::Duration::as_secs_f64).collect());
            let seconds: Vec<Vec<f64>> = seconds.collect();
            let steps = figures(row).into_iter().zip(seconds).map(|((step, median, ratio), seconds)| {
                json!({"step": step, "median_seconds": median, "ratio": ratio, "seconds": seconds})
            });
            json!({
                "database": row.database,
                "users": row.users,
                "steps": steps.collect::<Vec<_>>(),
                "note": row.note,
            })
        })
        .collect();
    let value = json!({
        "schema_version": 1,
        "cores": facts.cores,
        "processor": facts.processor,
        "load_average": facts.load,
        "runs": facts.runs,
        "rows": rows,
    });
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn rows() -> Vec<Row> {
        let times = [500, 100, 1000, 250, 50].map(|millis| [millis, millis * 3, millis * 2].to_vec());
        let times = times.map(|times| times.into_iter().map(Duration::from_millis).collect());
        let measured = Row { database: "PostgreSQL 15.20".into(), users: 1_000_000, times, note: None };
        vec![measured, Row::without_times("H2".into(), 100_000, Some("no jar".into()))]
    }

    const FACTS: fn() -> Facts = || Facts { cores: 2, processor: "sample".into(), load: Some(0.52), runs: 3 };

    #[test]
    fn ratios_are_to_the_backup() {
        let text = text(&FACTS(), &rows());
        assert!(text.starts_with("2 cores, sample; medians of 3, each in a database made for it; load average 0.5\n"));
        assert!(text.contains("\nPostgreSQL 15.20, 1,000,000 users\n  backup          1.00 s     1.00\n"), "{text}");
        assert!(text.contains("\n  migrate         2.00 s     2.00\n"), "{text}");
        assert!(text.contains("\nH2, 100,000 users\n  not measured: no jar\n"), "{text}");
    }

    #[test]
    fn json_says_the_same() {
        let value: Value = serde_json::from_str(&json(&FACTS(), &rows())).expect("good JSON");
        assert_eq!(value["rows"][0]["steps"][2]["step"], "migrate");
        assert_eq!(value["rows"][0]["steps"][4]["ratio"], 0.1);
        assert_eq!(value["rows"][0]["steps"][0]["seconds"], json!([0.5, 1.5, 1.0]));
        assert_eq!((&value["rows"][1]["steps"], &value["rows"][1]["note"]), (&json!([]), &json!("no jar")));
    }
}
