//! Every relative link in the repository's pages leads to a file.

use std::path::{Path, PathBuf};

use crate::workspace::{Workspace, read};

/// The links that lead nowhere.
pub(super) fn faults(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut pages: Vec<PathBuf> = workspace.files("", "md")?;
    pages.extend(workspace.files("docs", "md")?);
    let mut faults = Vec::new();
    for page in pages {
        let folder = page.parent().unwrap_or(Path::new(""));
        for target in relative_targets(&read(&page)?) {
            if !folder.join(&target).exists() {
                faults.push(format!("{}: {target} is not there", page.display()));
            }
        }
    }
    Ok(faults)
}

/// The paths in `[text](path#fragment)`, without those that name another site or this page.
fn relative_targets(page: &str) -> Vec<String> {
    without_code(page)
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or(target))
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(str::to_owned)
        .collect()
}

/// The text outside code: every second piece between backticks, also between three of them.
fn without_code(page: &str) -> String {
    page.split('`').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::relative_targets;

    #[test]
    fn only_paths_inside_the_repository_are_followed() {
        let page = "[a](docs/a.md#part) [b](https://example.org/b) [c](#here) `x[0](y)` [`d`](../d)\n\
                    ```\nx[0](z)\n```\n[e](e)";
        assert_eq!(relative_targets(page), ["docs/a.md", "../d", "e"]);
    }
}
