//! The script in the query.

use std::collections::VecDeque;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode, percent_encode};

/// Between two steps. A control character, so that steps may hold line ends.
const SEPARATOR: u8 = 0x1e;

/// One call with its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    arguments: Vec<Vec<u8>>,
}

/// A whole script.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// The journal's name.
    pub(crate) journal: String,
    /// What `HttpExtensionProc` does.
    pub(crate) main: Vec<Step>,
    /// What each completion does.
    pub(crate) completions: VecDeque<Vec<Step>>,
    /// What each thread does.
    pub(crate) threads: VecDeque<Vec<Step>>,
}

/// The query of a URL that runs `steps` and keeps their journal under `journal`.
pub fn encode(journal: &str, steps: &[&str]) -> String {
    let mut text = journal.as_bytes().to_vec();
    for step in steps {
        text.push(SEPARATOR);
        text.extend_from_slice(step.as_bytes());
    }
    percent_encode(&text, NON_ALPHANUMERIC).to_string()
}

impl Program {
    pub(crate) fn parse(query: &[u8]) -> Program {
        let text: Vec<u8> = percent_decode(query).collect();
        let mut parts = text.split(|byte| *byte == SEPARATOR);
        let journal = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        let mut program = Program {
            journal,
            ..Program::default()
        };
        let mut steps = Vec::new();
        let mut section = String::new();
        for part in parts {
            if part.starts_with(b"[") {
                program.add(&section, std::mem::take(&mut steps));
                section = String::from_utf8_lossy(part).into_owned();
                continue;
            }
            steps.push(Step::parse(part));
        }
        program.add(&section, steps);
        program
    }

    fn add(&mut self, section: &str, steps: Vec<Step>) {
        let name = section.trim_matches(['[', ']']);
        let (name, count) = name.split_once(' ').unwrap_or((name, "1"));
        match name {
            "" => self.main = steps,
            "completion" => {
                let count = count.parse().unwrap_or(1);
                self.completions.extend(std::iter::repeat_n(steps, count));
            }
            "thread" => self.threads.push_back(steps),
            other => panic!("there is no section {other}"),
        }
    }
}

impl Step {
    fn parse(text: &[u8]) -> Step {
        let end = text
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or(text.len());
        let name = String::from_utf8_lossy(&text[..end]).into_owned();
        let rest = text.get(end + 1..).unwrap_or_default();
        let arguments = rest
            .split(|byte| *byte == b'|')
            .map(<[u8]>::to_vec)
            .collect();
        Step { name, arguments }
    }

    /// The bytes of an argument; empty when it is not there.
    pub(crate) fn bytes(&self, index: usize) -> &[u8] {
        self.arguments
            .get(index)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// An argument as text; empty when it is not there.
    pub(crate) fn text(&self, index: usize) -> &str {
        std::str::from_utf8(self.bytes(index)).unwrap_or_default()
    }

    /// An argument as a number; `None` when it is not there.
    pub(crate) fn number(&self, index: usize) -> Option<u32> {
        let text = self.text(index);
        (!text.is_empty()).then(|| text.parse().expect("a number"))
    }

    /// The value of an argument `key=value`.
    pub(crate) fn named(&self, key: &str) -> Option<&[u8]> {
        let prefix = format!("{key}=");
        self.arguments
            .iter()
            .find_map(|argument| argument.strip_prefix(prefix.as_bytes()))
    }

    /// All arguments `key=value` in their order; the value is empty where there is none.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.arguments.iter().map(|argument| {
            let end = argument.iter().position(|byte| *byte == b'=');
            let (key, value) = argument.split_at(end.unwrap_or(argument.len()));
            let key = std::str::from_utf8(key).unwrap_or_default();
            (key, value.get(1..).unwrap_or_default())
        })
    }

    /// The number in an argument `key=number`, 0 when it is not there.
    pub(crate) fn named_number(&self, key: &str) -> u32 {
        let value = self
            .named(key)
            .map(|value| std::str::from_utf8(value).unwrap_or_default());
        value.map_or(0, |value| value.parse().expect("a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_survives_the_query() {
        let query = encode(
            "j",
            &["header 1|200 OK|A: b\r\n\r\n", "[completion 2]", "done"],
        );
        let program = Program::parse(query.as_bytes());
        assert_eq!(program.journal, "j");
        assert_eq!(program.main[0].name, "header");
        assert_eq!(program.main[0].bytes(2), b"A: b\r\n\r\n");
        assert_eq!(program.completions.len(), 2);
        assert!(program.threads.is_empty());
    }
}
