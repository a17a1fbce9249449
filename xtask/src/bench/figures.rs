//! Medians, and how measured figures are written.

/// The median of several measurements, with the least and the greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Spread {
    /// `None` of no measurement.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (&min, &max) = (values.first()?, values.last()?);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            1 => values[middle],
            _ => f64::midpoint(values[middle - 1], values[middle]),
        };
        Some(Spread { median, min, max })
    }

    /// The same figure for every measurement there was.
    pub(super) fn exactly(value: f64) -> Spread {
        Spread {
            median: value,
            min: value,
            max: value,
        }
    }
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Bytes,
    Count,
    Microseconds,
    Milliseconds,
    PerSecond,
    Ratio,
}

impl Unit {
    /// The figure as people read it.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Unit::Bytes if value.abs() >= 1_048_576.0 => format!("{:.1} MiB", value / 1_048_576.0),
            Unit::Bytes if value.abs() >= 1024.0 => format!("{:.1} KiB", value / 1024.0),
            Unit::Bytes => format!("{value:.0} B"),
            Unit::Count if value.fract().abs() < 0.05 => format!("{value:.0}"),
            Unit::Count => format!("{value:.1}"),
            Unit::Microseconds if value >= 100.0 => format!("{value:.0} µs"),
            Unit::Microseconds => format!("{value:.1} µs"),
            Unit::Milliseconds => format!("{value:.1} ms"),
            Unit::PerSecond => format!("{value:.0}/s"),
            Unit::Ratio => format!("{value:.2}"),
        }
    }

    /// Median and extremes; the median alone where there was one measurement.
    pub(super) fn show_spread(self, spread: Spread) -> String {
        let median = self.show(spread.median);
        if spread.min.total_cmp(&spread.max).is_eq() {
            return median;
        }
        format!(
            "{median} ({} to {})",
            self.show(spread.min),
            self.show(spread.max)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Spread, Unit};

    #[test]
    fn the_median_is_the_one_in_the_middle_or_between_two() {
        let odd = Spread::of([3.0, 1.0, 9.0]).expect("there are values");
        assert_eq!((odd.median, odd.min, odd.max), (3.0, 1.0, 9.0));
        let even = Spread::of([4.0, 1.0, 2.0, 9.0]).expect("there are values");
        assert_eq!((even.median, even.min, even.max), (3.0, 1.0, 9.0));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(Unit::Bytes.show(12.0 * 1024.0), "12.0 KiB");
        assert_eq!(Unit::Microseconds.show(8.52), "8.5 µs");
        let spread = Spread::of([1.0, 1.204, 1.3]).expect("there are values");
        assert_eq!(Unit::Ratio.show_spread(spread), "1.20 (1.00 to 1.30)");
        assert_eq!(Unit::Count.show_spread(Spread::exactly(3.0)), "3");
    }
}
