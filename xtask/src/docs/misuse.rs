//! Every rule that the session names has its section in `docs/misuse.md`, and no section lingers.

use crate::workspace::Workspace;

const SOURCE: &str = "core/src/session/misuse.rs";
const PAGE: &str = "docs/misuse.md";

/// What is missing, superfluous or wrong.
pub(super) fn faults(workspace: &Workspace) -> Result<Vec<String>, String> {
    let declared = declared(&workspace.read(SOURCE)?);
    if declared.is_empty() {
        return Err(format!("found no declaration in {SOURCE}"));
    }
    Ok(compare(&declared, &workspace.read(PAGE)?))
}

/// The name of each misuse and the name of its last-error code.
fn declared(source: &str) -> Vec<(String, String)> {
    source
        .lines()
        .skip_while(|line| *line != "misuse! {")
        .skip(1)
        .take_while(|line| *line != "}")
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| {
            let (left, right) = line.split_once(" => ")?;
            let name = left.split('(').next()?;
            let code = right.split(',').next()?;
            Some((name.to_owned(), code.to_owned()))
        })
        .collect()
}

fn compare(declared: &[(String, String)], page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let sections: Vec<(&str, &str)> = page
        .split("\n## ")
        .skip(1)
        .map(|section| section.split_once('\n').unwrap_or((section, "")))
        .collect();
    for (name, code) in declared {
        match sections.iter().find(|(title, _)| title == name) {
            None => faults.push(format!("{PAGE} has no section {name}")),
            Some((_, text)) if !text.contains(&code_line(code)) => {
                faults.push(format!("{PAGE}: {name} does not say: {}", code_line(code)));
            }
            Some(_) => {}
        }
    }
    for (title, _) in sections {
        let is_name = !title.contains(' ');
        if is_name && declared.iter().all(|(name, _)| name != title) {
            faults.push(format!(
                "{PAGE} has a section {title}, the session has no such misuse"
            ));
        }
    }
    faults
}

/// How a section says what the callback answers.
fn code_line(code: &str) -> String {
    match code {
        "SUCCESS" => "Win32 code: none".to_owned(),
        winsock if winsock.starts_with("WSA") => format!("({winsock})"),
        code => format!("(ERROR_{code})"),
    }
}

#[cfg(test)]
mod tests {
    use super::{compare, declared};

    const SOURCE: &str = "\
misuse! {
    /// Twice => twice.
    DoneTwice => INVALID_PARAMETER, \"the session was done already\";
    UnknownStatus(status: u32) => SUCCESS, \"a status that has no meaning here\";
    OffsetPastEnd => WSAEINVAL, \"behind the end\";
}
";

    #[test]
    fn a_full_page_has_no_faults() {
        let page = "# Rules\n\n## How to read this page\n\n\
                    ## DoneTwice\n\nWin32 code: 87 (ERROR_INVALID_PARAMETER).\n\n\
                    ## UnknownStatus\n\nWin32 code: none.\n\n\
                    ## OffsetPastEnd\n\nWin32 code: 10022 (WSAEINVAL).\n";
        assert_eq!(compare(&declared(SOURCE), page), Vec::<String>::new());
    }

    #[test]
    fn missing_superfluous_and_wrong_sections_are_named() {
        let page = "# Rules\n\n## DoneTwice\n\nWin32 code: none.\n\n## Gone\n\n\
                    ## OffsetPastEnd\n\nWin32 code: 10022 (WSAEINVAL).\n";
        assert_eq!(
            compare(&declared(SOURCE), page),
            [
                "docs/misuse.md: DoneTwice does not say: (ERROR_INVALID_PARAMETER)",
                "docs/misuse.md has no section UnknownStatus",
                "docs/misuse.md has a section Gone, the session has no such misuse",
            ]
        );
    }
}
