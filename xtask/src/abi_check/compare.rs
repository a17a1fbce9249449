//! The tables of `isapi-abi` against one compiler's header.

use std::collections::BTreeSet;

use isapi_abi::layout::{self, Bytes, Function};

use super::compiler::Compiler;
use super::header;

/// What was compared and what differs.
#[derive(Debug, Default)]
pub(crate) struct Report {
    values: usize,
    names: usize,
    signatures: usize,
    faults: Vec<String>,
}

impl Report {
    pub(crate) fn summary(&self) -> String {
        format!(
            "{} sizes, offsets and constants, {} names, {} signatures, {} faults",
            self.values,
            self.names,
            self.signatures,
            self.faults.len()
        )
    }

    pub(crate) fn faults(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().map(String::as_str)
    }

    /// Each name must be on both sides.
    fn compare_names<'a>(
        &mut self,
        kind: &str,
        rust: impl IntoIterator<Item = &'a str>,
        c: impl IntoIterator<Item = &'a str>,
    ) {
        let rust: BTreeSet<_> = rust.into_iter().collect();
        let c: BTreeSet<_> = c.into_iter().collect();
        self.names += rust.union(&c).count();
        for name in rust.difference(&c) {
            self.faults
                .push(format!("{kind} {name} is not in the C header"));
        }
        for name in c.difference(&rust) {
            self.faults
                .push(format!("{kind} {name} is not in isapi-abi"));
        }
    }
}

/// Compares names first: an unknown one would only be a compiler's error in the comparison of values.
pub(crate) fn all(compiler: &Compiler) -> Result<Report, String> {
    let mut report = Report::default();
    names(compiler, &mut report)?;
    if report.faults.is_empty() {
        values(compiler, &mut report)?;
        signatures(compiler, &mut report);
    }
    Ok(report)
}

fn names(compiler: &Compiler, report: &mut Report) -> Result<(), String> {
    let macros = compiler.macros()?;
    report.compare_names(
        "constant",
        isapi_abi::constants().map(|(name, _)| name),
        header::macro_names(&macros, "HSE_"),
    );

    let everything = compiler.preprocessed()?;
    let own = header::own_part(&everything);
    let structures = header::structures(&everything);
    let own_structures = header::structures(&own);
    for structure in layout::TABLE {
        let Some(found) = structures.iter().find(|found| found.name == structure.name) else {
            report.faults.push(format!(
                "structure {} is not in the C header",
                structure.name
            ));
            continue;
        };
        report.compare_names(
            &format!("field of {}", structure.name),
            structure.fields.iter().map(|field| field.name),
            found.members.iter().map(String::as_str),
        );
    }
    for found in &own_structures {
        if layout::TABLE
            .iter()
            .all(|structure| structure.name != found.name)
        {
            report
                .faults
                .push(format!("structure {} is not in isapi-abi", found.name));
        }
    }

    let callbacks = callback_fields(&own_structures);
    report.compare_names(
        "function type",
        isapi_abi::functions().map(|function| function.name),
        header::function_types(&own)
            .into_iter()
            .chain(callbacks.iter().map(String::as_str)),
    );
    Ok(())
}

/// The names that `isapi-abi` gives to the types of the control block's callbacks: its last fields.
fn callback_fields(structures: &[header::Structure]) -> Vec<String> {
    structures
        .iter()
        .filter(|structure| structure.name == "EXTENSION_CONTROL_BLOCK")
        .flat_map(|block| {
            block
                .members
                .iter()
                .skip_while(|name| *name != "GetServerVariable")
        })
        .map(|field| format!("PFN_{}", field.to_uppercase()))
        .collect()
}

fn values(compiler: &Compiler, report: &mut Report) -> Result<(), String> {
    let pointer = compiler.values(&["sizeof(void *)".to_owned()])?[0];
    let expected = expected_values(pointer)?;
    let expressions: Vec<_> = expected
        .iter()
        .map(|(expression, _)| expression.clone())
        .collect();
    let actual = compiler.values(&expressions)?;
    report.values = actual.len();
    for ((expression, expected), actual) in expected.iter().zip(actual) {
        if *expected != actual {
            report.faults.push(format!(
                "{expression}: {expected} in isapi-abi, {actual} in C"
            ));
        }
    }
    Ok(())
}

/// C expressions and the values that they must have with pointers of `pointer` bytes.
fn expected_values(pointer: u64) -> Result<Vec<(String, u64)>, String> {
    let column = |bytes: Bytes| match pointer {
        8 => Ok(bytes.wide as u64),
        4 => Ok(bytes.narrow as u64),
        other => Err(format!("a compiler with pointers of {other} bytes")),
    };
    let is_width_of_this_program = pointer == size_of::<usize>() as u64;

    let mut expected = Vec::new();
    for structure in layout::TABLE {
        let name = structure.name;
        expected.push((format!("sizeof({name})"), column(structure.size)?));
        for field in structure.fields {
            let member = field.name;
            expected.push((format!("offsetof({name}, {member})"), column(field.offset)?));
            if is_width_of_this_program {
                let size = format!("sizeof((({name} *)0)->{member})");
                expected.push((size, field.size_here as u64));
            }
        }
    }
    let constants = isapi_abi::constants().chain(isapi_abi::error::TABLE.iter().copied());
    expected.extend(constants.map(|(name, value)| (name.to_owned(), value)));
    expected.push(("MAX_PATH".to_owned(), isapi_abi::MAX_PATH as u64));
    expected.push((
        "X509_ASN_ENCODING".to_owned(),
        isapi_abi::X509_ASN_ENCODING.into(),
    ));
    Ok(expected)
}

/// One compilation for each function type, so that a fault names its function.
fn signatures(compiler: &Compiler, report: &mut Report) {
    for function in isapi_abi::functions() {
        report.signatures += 1;
        if let Err(message) = compiler.accept(&signature_source(function)) {
            report
                .faults
                .push(format!("signature of {}: {message}", function.name));
        }
    }
}

/// C that compiles only where the function has this type in the header too.
fn signature_source(function: &Function) -> String {
    let expected = c_function_type(function);
    let mut assertions = String::new();
    for expression in c_names(function.name) {
        assertions += &format!(
            "_Static_assert(__builtin_types_compatible_p({expression}, {expected}), \"differs\");\n"
        );
    }
    format!("#include <httpext.h>\n{assertions}")
}

/// What has this function's type in C: a type name, an export, a field of the control block.
fn c_names(name: &str) -> Vec<String> {
    let exports = [
        "GetExtensionVersion",
        "HttpExtensionProc",
        "TerminateExtension",
    ];
    let is_named = |function: &&&str| name == format!("PFN_{}", function.to_uppercase());
    if let Some(export) = exports.iter().find(is_named) {
        return vec![name.to_owned(), format!("__typeof__(&{export})")];
    }
    let block = layout::TABLE
        .iter()
        .find(|structure| structure.name == "EXTENSION_CONTROL_BLOCK");
    let mut fields = block
        .into_iter()
        .flat_map(|block| block.fields)
        .map(|field| field.name);
    match fields.find(|field| is_named(&field)) {
        Some(field) => vec![format!(
            "__typeof__(((EXTENSION_CONTROL_BLOCK *)0)->{field})"
        )],
        None => vec![name.to_owned()],
    }
}

fn c_function_type(function: &Function) -> String {
    let result = if function.result.is_empty() {
        "void"
    } else {
        function.result
    };
    let parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|name| c_type(name))
        .collect();
    format!("{result} (WINAPI *)({})", parameters.join(", "))
}

fn c_type(name: &str) -> String {
    match name.strip_prefix("*mut ") {
        Some(target) => format!("{target} *"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_one_side_only_is_a_fault() {
        let mut report = Report::default();
        report.compare_names("field", ["a", "b"], ["b", "c"]);
        let faults: Vec<_> = report.faults().collect();
        assert_eq!(
            faults,
            [
                "field a is not in the C header",
                "field c is not in isapi-abi"
            ]
        );
    }

    #[test]
    fn a_signature_is_written_in_c() {
        let function = Function {
            name: "PFN_X",
            parameters: &["HCONN", "*mut PVOID"],
            result: "",
        };
        assert_eq!(
            c_function_type(&function),
            "void (WINAPI *)(HCONN, PVOID *)"
        );
    }

    #[test]
    fn the_types_of_callbacks_are_those_of_the_fields() {
        let field = "__typeof__(((EXTENSION_CONTROL_BLOCK *)0)->WriteClient)";
        assert_eq!(c_names("PFN_WRITECLIENT"), [field]);
        assert_eq!(c_names("PFN_HSE_IO_COMPLETION"), ["PFN_HSE_IO_COMPLETION"]);
        assert_eq!(c_names("PFN_TERMINATEEXTENSION").len(), 2);
    }

    #[test]
    fn both_widths_have_values() {
        let value = |pointer, wanted: &str| {
            let values = expected_values(pointer).unwrap();
            values
                .into_iter()
                .find(|(name, _)| name == wanted)
                .unwrap()
                .1
        };
        assert_eq!(value(8, "sizeof(EXTENSION_CONTROL_BLOCK)"), 192);
        assert_eq!(value(4, "sizeof(EXTENSION_CONTROL_BLOCK)"), 144);
        assert!(expected_values(2).is_err());
    }
}
