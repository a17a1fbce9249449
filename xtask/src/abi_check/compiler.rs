//! A C compiler that is asked about `httpext.h`. Nothing it makes is run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The array whose values are read from the assembly.
const VALUES: &str = "isapi_values";

/// A C compiler and the folder in which it looks first.
#[derive(Debug)]
pub(crate) struct Compiler {
    title: &'static str,
    program: &'static str,
    include: Option<PathBuf>,
}

impl Compiler {
    pub(crate) fn new(title: &'static str, program: &'static str) -> Compiler {
        Compiler {
            title,
            program,
            include: None,
        }
    }

    pub(crate) fn include(self, folder: &Path) -> Compiler {
        Compiler {
            include: Some(folder.to_owned()),
            ..self
        }
    }

    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    /// All macros in force behind the header, as `#define` lines.
    pub(crate) fn macros(&self) -> Result<String, String> {
        self.compile(&["-E", "-dM"], "#include <httpext.h>\n")
    }

    /// The header and all that it includes, with macros expanded and with markers of the files.
    pub(crate) fn preprocessed(&self) -> Result<String, String> {
        self.compile(&["-E"], "#include <httpext.h>\n")
    }

    /// The values of constant expressions, in order.
    ///
    /// They are read from the assembly of an array, so that no program of another platform has to
    /// be run.
    pub(crate) fn values(&self, expressions: &[String]) -> Result<Vec<u64>, String> {
        let mut source = "#include <stddef.h>\n#include <httpext.h>\n".to_owned();
        // One more than the value: compilers have other ways to write a zero.
        source += &format!("const unsigned {VALUES}[] = {{\n");
        for expression in expressions {
            source += &format!("1u + (unsigned)({expression}),\n");
        }
        source += "};\n";
        let assembly = self.compile(&["-S", "-O0"], &source)?;
        let values = array_values(&assembly, expressions.len());
        if values.len() != expressions.len() {
            return Err(format!(
                "{}: {} of {} values found in the assembly",
                self.title,
                values.len(),
                expressions.len()
            ));
        }
        Ok(values)
    }

    /// Whether `source` compiles; the error is the compiler's text.
    pub(crate) fn accept(&self, source: &str) -> Result<(), String> {
        self.compile(&["-S", "-O0"], source).map(drop)
    }

    /// Runs the compiler on `source` and returns what it makes.
    fn compile(&self, arguments: &[&str], source: &str) -> Result<String, String> {
        let mut command = Command::new(self.program);
        if let Some(folder) = &self.include {
            command.arg("-I").arg(folder);
        }
        command.args(arguments).args(["-x", "c", "-", "-o", "-"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let fault = |error: std::io::Error| format!("{}: {error}", self.program);

        let mut child = command.spawn().map_err(fault)?;
        // Compilers read all of a small source before they write; the handle closes right here.
        if let Some(mut input) = child.stdin.take() {
            input.write_all(source.as_bytes()).map_err(fault)?;
        }
        let output = child.wait_with_output().map_err(fault)?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        String::from_utf8(output.stdout).map_err(|error| format!("{}: {error}", self.program))
    }
}

/// The first `count` 32-bit values behind the array's label, less the one that was added.
fn array_values(assembly: &str, count: usize) -> Vec<u64> {
    assembly
        .lines()
        .skip_while(|line| {
            !line
                .trim_start_matches('_')
                .starts_with(&format!("{VALUES}:"))
        })
        .filter_map(|line| line.trim_start().strip_prefix(".long"))
        .filter_map(|value| value.split_whitespace().next())
        .filter_map(|value| value.parse::<u64>().ok())
        .map(|value| value - 1)
        .take(count)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::array_values;

    #[test]
    fn only_values_behind_the_label_count() {
        let elf =
            "\t.long\t7\nisapi_values:\n\t.long\t1\n\t.long\t193\n\t.section .note\n\t.long\t4\n";
        assert_eq!(array_values(elf, 2), [0, 192]);
        let pe = "\t.globl _isapi_values\n_isapi_values:\n\t.long\t145\n";
        assert_eq!(array_values(pe, 1), [144]);
    }
}
