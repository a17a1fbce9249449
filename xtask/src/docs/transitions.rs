//! The transition table of the session, produced by driving the real machine.

use crate::generated_part::Marks;
use crate::workspace::{Workspace, output};

/// The page with the table.
pub(super) const PAGE: &str = "docs/session.md";

const BEGIN: &str = "<!-- transitions:begin -->\n";
const END: &str = "<!-- transitions:end -->";

/// The page's text with the table that the machine has now.
pub(super) fn with_fresh_table(workspace: &Workspace) -> Result<String, String> {
    let arguments = [
        "run",
        "--locked",
        "--quiet",
        "--package",
        "isapi-core",
        "--example",
        "transition_table",
    ];
    let table = output(
        workspace
            .cargo(arguments)
            .stderr(std::process::Stdio::inherit()),
    )?;
    replace_table(&workspace.read(PAGE)?, &table)
}

fn replace_table(page: &str, table: &str) -> Result<String, String> {
    let marks = Marks {
        page: PAGE,
        begin: BEGIN,
        end: END,
    };
    marks.replace(page, &format!("{}\n", table.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::replace_table;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = "a\n<!-- transitions:begin -->\nold\n<!-- transitions:end -->\nb\n";
        let fresh = "a\n<!-- transitions:begin -->\nnew\n<!-- transitions:end -->\nb\n";
        let replaced = replace_table(page, "new\n").expect("the marks are there");
        assert_eq!(replaced, fresh);
        assert_eq!(replace_table(&replaced, "new\n").as_deref(), Ok(fresh));
    }

    #[test]
    fn a_page_without_marks_is_refused() {
        assert!(replace_table("a\n<!-- transitions:begin -->\n", "new").is_err());
        assert!(replace_table("a\n", "new").is_err());
    }
}
