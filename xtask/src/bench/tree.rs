//! What a process and all its descendants have used, as `/proc` tells it.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use crate::workspace::output;

/// What `/proc/PID/stat` says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// Clock ticks in user and kernel mode, of all its threads, and of the children it waited for.
    ticks: u64,
}

/// The processor time that the process, its descendants and those of them that have ended have
/// used, in microseconds.
pub(super) fn processor_time(root: u32) -> Result<f64, String> {
    let stats = stats()?;
    let ticks: u64 = descendants(root, &stats)
        .iter()
        .map(|id| stats[id].ticks)
        .sum();
    Ok(exact(ticks) * 1e6 / exact(ticks_per_second()?))
}

/// The process and its descendants that run.
pub(super) fn processes(root: u32) -> Result<Vec<u32>, String> {
    Ok(descendants(root, &stats()?))
}

/// When a process was started, in clock ticks; `None` of one that has ended.
pub(super) fn birth(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // One that nobody has waited for has ended all the same.
    if fields.next() == Some("Z") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// The sum over the tree of a field of `/proc/PID/status`, a number or a number of KiB.
pub(super) fn status_sum(root: u32, field: &str) -> Result<u64, String> {
    sum(root, "status", field)
}

/// The bytes that belong to the tree alone, in memory now.
pub(super) fn private_memory(root: u32) -> Result<u64, String> {
    let clean = sum(root, "smaps_rollup", "Private_Clean")?;
    let dirty = sum(root, "smaps_rollup", "Private_Dirty")?;
    Ok((clean + dirty) * 1024)
}

fn sum(root: u32, file: &str, field: &str) -> Result<u64, String> {
    let mut sum = 0;
    for id in processes(root)? {
        let path = format!("/proc/{id}/{file}");
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        sum += value(&text, field).ok_or_else(|| format!("{path} has no {field}"))?;
    }
    Ok(sum)
}

/// The first number in the line that begins with `field:`.
fn value(text: &str, field: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

fn stats() -> Result<HashMap<u32, Stat>, String> {
    let entries = fs::read_dir("/proc").map_err(|error| format!("/proc: {error}"))?;
    // A process may end between the two looks at it.
    Ok(entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id: u32| {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            Some((id, parse(&stat)?))
        })
        .collect())
}

/// The name, in parentheses, may contain anything.
fn parse(stat: &str) -> Option<Stat> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    // Fields 14 to 17 of the manual page, which counts from 1; the third follows the name.
    let ticks = (11..=14).map(number).sum::<Option<u64>>()?;
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        ticks,
    })
}

fn descendants(root: u32, stats: &HashMap<u32, Stat>) -> Vec<u32> {
    let mut found: Vec<u32> = stats
        .contains_key(&root)
        .then_some(root)
        .into_iter()
        .collect();
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = stats.iter().filter(|(_, stat)| stat.parent == parent);
        found.extend(children.map(|(&id, _)| id));
        next += 1;
    }
    found
}

fn ticks_per_second() -> Result<u64, String> {
    output(Command::new("getconf").arg("CLK_TCK"))?
        .trim()
        .parse()
        .map_err(|error| format!("getconf CLK_TCK: {error}"))
}

/// A number that is far below what a double holds exactly.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn exact(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Stat, descendants, parse, value};

    #[test]
    fn the_times_of_a_process_and_its_children_are_summed() {
        let stat = "7 (a) b) S 3 7 7 0 -1 4194304 101 0 0 0 10 20 30 40 20 0 1 0 5 0 0";
        assert_eq!(
            parse(stat),
            Some(Stat {
                parent: 3,
                ticks: 100
            })
        );
        assert_eq!(parse("7 (a) S 3"), None);
    }

    #[test]
    fn grandchildren_are_descendants_and_others_are_not() {
        let parents = [(1, 0), (2, 1), (3, 2), (4, 0), (5, 4)];
        let stats: HashMap<u32, Stat> = parents
            .into_iter()
            .map(|(id, parent)| (id, Stat { parent, ticks: 0 }))
            .collect();
        assert_eq!(descendants(1, &stats), [1, 2, 3]);
        assert!(descendants(9, &stats).is_empty());
    }

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let status = "RssAnonymous:\t9 kB\nRssAnon:\t  120 kB\nThreads:\t3\n";
        assert_eq!(value(status, "RssAnon"), Some(120));
        assert_eq!(value(status, "Threads"), Some(3));
        assert_eq!(value(status, "Rss"), None);
    }
}
