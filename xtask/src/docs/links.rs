//! Every relative link in the repository's pages leads to a file, and to a heading in it.

use std::path::{Path, PathBuf};

use crate::workspace::{Workspace, read};

/// The links that lead nowhere.
pub(super) fn faults(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut pages: Vec<PathBuf> = workspace.files("", "md")?;
    pages.extend(workspace.files("docs", "md")?);
    let mut faults = Vec::new();
    for page in pages {
        for link in relative_links(&read(&page)?) {
            if !leads_somewhere(&page, &link)? {
                faults.push(format!("{}: {link} leads nowhere", page.display()));
            }
        }
    }
    Ok(faults)
}

fn leads_somewhere(page: &Path, link: &str) -> Result<bool, String> {
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        page.to_owned()
    } else {
        page.with_file_name(path)
    };
    if !target.exists() {
        return Ok(false);
    }
    Ok(heading.is_empty() || anchors(&read(&target)?).any(|anchor| anchor == heading))
}

/// The `path#heading` in `[text](path#heading)`, without those that name another site.
fn relative_links(page: &str) -> Vec<String> {
    without_code(page)
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .filter(|target| !target.contains("://"))
        .collect()
}

/// The text outside code: every second piece between backticks, also between three of them.
fn without_code(page: &str) -> String {
    page.split('`').step_by(2).collect()
}

/// What the headings of a page are called in links: lower case, dashes for spaces, no other marks.
fn anchors(page: &str) -> impl Iterator<Item = String> {
    page.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .chars()
                .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
                .map(|c| {
                    if c == ' ' {
                        '-'
                    } else {
                        c.to_ascii_lowercase()
                    }
                })
                .collect()
        })
}

#[cfg(test)]
mod tests {
    use super::{anchors, relative_links};

    #[test]
    fn only_links_inside_the_repository_are_followed() {
        let page = "[a](docs/a.md#part) [b](https://example.org/b) [c](#here) `x[0](y)` [`d`](../d)\n\
                    ```\nx[0](z)\n```\n[e](e)";
        assert_eq!(
            relative_links(page),
            ["docs/a.md#part", "#here", "../d", "e"]
        );
    }

    #[test]
    fn headings_are_named_as_they_are_linked() {
        let page = "# One\n\ntext\n\n## Requests of `ServerSupportFunction`\n### It's a_b-c\n";
        let anchors: Vec<_> = anchors(page).collect();
        assert_eq!(
            anchors,
            ["one", "requests-of-serversupportfunction", "its-a_b-c"]
        );
    }
}
