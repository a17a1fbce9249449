//! The part of a page that a command writes, between two marks.

/// Where the part begins and ends: lines of the page, which stay. `begin` has its line break.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) page: &'static str,
    pub(crate) begin: &'static str,
    pub(crate) end: &'static str,
}

impl Marks {
    /// The page's `text` with `part` between the marks.
    pub(crate) fn replace(self, text: &str, part: &str) -> Result<String, String> {
        let Self { page, begin, end } = self;
        let (before, rest) = text
            .split_once(begin)
            .ok_or_else(|| format!("{page} has no line {}", begin.trim_end()))?;
        let (_, after) = rest
            .split_once(end)
            .ok_or_else(|| format!("{page} has no line {end}"))?;
        Ok(format!("{before}{begin}{part}{end}{after}"))
    }
}
