use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Pattern;
use super::letter_case::cmp_ignore_case;

/// Finds the handlers that may be for a path without asking each of them.
///
/// Most patterns say how a name of the path ends (`*.asp`) or what its first name is (`/app/*`).
#[derive(Clone, Debug)]
pub(super) struct HandlerIndex {
    by_ending: SortedKeys,
    by_first_name: SortedKeys,
    /// The numbers of those that say neither.
    others: Vec<usize>,
}

/// What a pattern says of every path that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatternKey<'a> {
    /// What stands behind the last dot of one of its names.
    Ending(&'a str),
    FirstName(&'a str),
    Nothing,
}

/// Numbers of handlers by what they have in common, in any letter case, and in their order.
#[derive(Clone, Debug)]
struct SortedKeys(Vec<(String, usize)>);

impl HandlerIndex {
    pub(super) const fn new() -> Self {
        Self {
            by_ending: SortedKeys(Vec::new()),
            by_first_name: SortedKeys(Vec::new()),
            others: Vec::new(),
        }
    }

    /// Adds the handler of the next number.
    pub(super) fn push(&mut self, pattern: &Pattern, number: usize) {
        match pattern.key() {
            PatternKey::Ending(ending) => self.by_ending.push(ending, number),
            PatternKey::FirstName(name) => self.by_first_name.push(name, number),
            PatternKey::Nothing => self.others.push(number),
        }
    }

    /// The numbers of all handlers that are for a decoded path, and of some that are not.
    pub(super) fn candidates(&self, path: &str) -> BTreeSet<usize> {
        let mut candidates: BTreeSet<usize> = self.others.iter().copied().collect();
        let names = path.split('/').skip(1);
        let first = names.clone().next().unwrap_or_default();
        candidates.extend(self.by_first_name.of(first));
        let endings = names.filter_map(|name| name.rsplit_once('.'));
        for (_, ending) in endings {
            let mut numbers = self.by_ending.of(ending);
            // A path may have one ending by the thousand.
            if let Some(number) = numbers.next()
                && candidates.insert(number)
            {
                candidates.extend(numbers);
            }
        }
        candidates
    }
}

impl SortedKeys {
    /// The number is the greatest so far.
    fn push(&mut self, key: &str, number: usize) {
        let is_before = |(other, _): &(String, usize)| cmp_ignore_case(other, key).is_le();
        let place = self.0.partition_point(is_before);
        self.0.insert(place, (key.to_owned(), number));
    }

    fn of(&self, key: &str) -> impl Iterator<Item = usize> {
        let order = |other: &str| cmp_ignore_case(other, key);
        let start = self.0.partition_point(|(other, _)| order(other).is_lt());
        let same = self.0[start..].iter();
        same.take_while(move |(other, _)| order(other) == Ordering::Equal)
            .map(|(_, number)| *number)
    }
}
