//! What is to be reached.

use super::figures::Unit;

/// A bound that the median of a figure is to keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    /// Whether the figure keeps it.
    pub(super) fn is_reached(self, value: f64) -> bool {
        match self {
            Goal::AtLeast(bound) => value >= bound,
            Goal::AtMost(bound) => value <= bound,
        }
    }

    /// As people say it.
    pub(super) fn show(self, unit: Unit) -> String {
        match self {
            Goal::AtLeast(bound) => format!("at least {}", unit.show(bound)),
            Goal::AtMost(bound) => format!("at most {}", unit.show(bound)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Goal;

    #[test]
    fn a_bound_itself_is_reached() {
        assert!(Goal::AtMost(1.25).is_reached(1.25));
        assert!(!Goal::AtMost(1.25).is_reached(1.26));
        assert!(Goal::AtLeast(0.85).is_reached(0.85));
        assert!(!Goal::AtLeast(0.85).is_reached(0.84));
    }
}
