//! What a preprocessed C header declares: structures with their members, function types.
//!
//! This reads the plain style of Windows headers, where each structure is
//! `typedef struct _NAME { members } NAME`; it is no C parser.

/// A structure and the names of its members, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Structure {
    pub(crate) name: String,
    pub(crate) members: Vec<String>,
}

/// The names of the macros among `#define` lines that begin with `prefix`.
pub(crate) fn macro_names<'a>(defines: &'a str, prefix: &str) -> Vec<&'a str> {
    defines
        .lines()
        .filter_map(|line| line.strip_prefix("#define "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| name.starts_with(prefix))
        .collect()
}

/// The lines that come from the file `httpext.h` itself.
pub(crate) fn own_part(preprocessed: &str) -> String {
    let mut is_own = false;
    let mut own = String::new();
    for line in preprocessed.lines() {
        if let Some(marker) = line.strip_prefix("# ") {
            is_own = marker
                .split('"')
                .nth(1)
                .is_some_and(|file| file.ends_with("httpext.h"));
        } else if is_own {
            own.push_str(line);
            own.push('\n');
        }
    }
    own
}

/// All structures of a header.
pub(crate) fn structures(text: &str) -> Vec<Structure> {
    const START: &str = "typedef struct _";
    text.match_indices(START)
        .filter_map(|(at, _)| {
            let (tag, rest) = text[at + START.len()..].split_once('{')?;
            let tag = tag.trim();
            // Without a body it is a declaration only, and the brace belongs to something else.
            if !is_identifier(tag) {
                return None;
            }
            let (body, _) = rest.split_once('}')?;
            Some(Structure {
                name: tag.to_owned(),
                members: body.split(';').filter_map(member).collect(),
            })
        })
        .collect()
}

/// The names of function types that begin with `PFN_`.
pub(crate) fn function_types(text: &str) -> Vec<&str> {
    text.match_indices("*PFN_")
        .map(|(at, _)| {
            let name = &text[at + 1..];
            let end = name.find(|c| !is_identifier_part(c)).unwrap_or(name.len());
            &name[..end]
        })
        .collect()
}

/// The name that one declaration inside a structure declares.
fn member(declaration: &str) -> Option<String> {
    let declaration = declaration.trim();
    if declaration.is_empty() {
        return None;
    }
    // A function pointer, `BOOL (WINAPI *Name)(...)`, else `type name` or `type name[length]`.
    let name = match declaration.split_once('*') {
        Some((before, after)) if before.contains('(') => after.split(')').next()?,
        _ => declaration
            .split('[')
            .next()?
            .rsplit(|c| !is_identifier_part(c))
            .next()?,
    };
    Some(name.trim().to_owned())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_identifier_part)
}

fn is_identifier_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_every_kind_are_found() {
        let text = "typedef struct _A {\n DWORD cb;\n CHAR text[80];\n LPSTR *p;\n\
            WINBOOL (__attribute__((__stdcall__)) *Call) (HCONN c,LPSTR s);\n} A,*LPA;\n";
        let members = ["cb", "text", "p", "Call"].map(str::to_owned).to_vec();
        let name = "A".to_owned();
        assert_eq!(structures(text), [Structure { name, members }]);
    }

    #[test]
    fn a_forward_declaration_is_no_structure() {
        let text = "typedef struct _INFO *PINFO;\ntypedef struct _B { int x; } B;";
        let names: Vec<_> = structures(text)
            .into_iter()
            .map(|found| found.name)
            .collect();
        assert_eq!(names, ["B"]);
    }

    #[test]
    fn only_the_header_itself_is_its_own_part() {
        let text =
            "# 1 \"/usr/include/windows.h\" 1\nint no;\n# 9 \"/x/httpext.h\" 2 3\nint yes;\n";
        assert_eq!(own_part(text), "int yes;\n");
    }

    #[test]
    fn function_types_are_found_by_name() {
        let text = "typedef int ( *PFN_ONE)(int a);typedef void (WINAPI *PFN_TWO)(void);";
        assert_eq!(function_types(text), ["PFN_ONE", "PFN_TWO"]);
    }

    #[test]
    fn macros_are_chosen_by_prefix() {
        let defines = "#define HSE_A 1\n#define OTHER 2\n#define HSE_B (HSE_A+1)\n";
        assert_eq!(macro_names(defines, "HSE_"), ["HSE_A", "HSE_B"]);
    }
}
