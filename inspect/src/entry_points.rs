//! The functions a server looks for by name, and what compilers make of these names.

/// A function that an ISAPI module may export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryPoint {
    /// `GetExtensionVersion`: required of an extension.
    GetExtensionVersion,
    /// `HttpExtensionProc`: required of an extension.
    HttpExtensionProc,
    /// `TerminateExtension`: optional.
    TerminateExtension,
    /// `GetFilterVersion`: required of a filter.
    GetFilterVersion,
    /// `HttpFilterProc`: required of a filter.
    HttpFilterProc,
    /// `TerminateFilter`: optional.
    TerminateFilter,
}

impl EntryPoint {
    /// All of them, those of extensions first.
    pub const ALL: [Self; 6] = [
        Self::GetExtensionVersion,
        Self::HttpExtensionProc,
        Self::TerminateExtension,
        Self::GetFilterVersion,
        Self::HttpFilterProc,
        Self::TerminateFilter,
    ];

    /// The name a server looks for, letter by letter.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetExtensionVersion => "GetExtensionVersion",
            Self::HttpExtensionProc => "HttpExtensionProc",
            Self::TerminateExtension => "TerminateExtension",
            Self::GetFilterVersion => "GetFilterVersion",
            Self::HttpFilterProc => "HttpFilterProc",
            Self::TerminateFilter => "TerminateFilter",
        }
    }

    /// Whether a module without it is no extension.
    pub fn is_required(self) -> bool {
        matches!(self, Self::GetExtensionVersion | Self::HttpExtensionProc)
    }
}

/// How a module has an entry point.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// Under a name that a compiler or an author made of it; a server does not find it.
    Decorated {
        /// The name it has.
        symbol: String,
        /// Who made it.
        decoration: Decoration,
    },
    /// Under its plain name.
    Exported,
    /// It is in the module, but not offered to others.
    Hidden,
    /// Not at all.
    Missing,
}

/// Why an export has another name than the one that was written in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoration {
    /// `_Z17HttpExtensionProcP...` (gcc, clang) or `?HttpExtensionProc@@...` (Visual C++).
    Cpp,
    /// `httpextensionproc`: the letter case differs.
    LetterCase,
    /// `_HttpExtensionProc@4` or `HttpExtensionProc@4`: the calling convention of 32-bit Windows.
    Stdcall,
    /// `_HttpExtensionProc`: how some 32-bit compilers write C names.
    Underscore,
}

impl Decoration {
    /// What the decoration is, in a few words.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Cpp => "a C++ name",
            Self::LetterCase => "in other letter case",
            Self::Stdcall => "a 32-bit stdcall name; the number counts bytes of arguments",
            Self::Underscore => "a 32-bit C name",
        }
    }

    /// What the author of the module has to do.
    pub fn cure(self) -> &'static str {
        match self {
            Self::Cpp => "declare it extern \"C\"",
            Self::LetterCase => "spell it in the same letter case",
            Self::Stdcall | Self::Underscore => "export it by its plain name, with a .def file",
        }
    }

    /// How `symbol` decorates `name`, if it does.
    fn of(symbol: &str, name: &str) -> Option<Self> {
        let counts_bytes =
            |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        let plain = symbol.strip_prefix('_').unwrap_or(symbol);
        if let Some(rest) = plain.strip_prefix(name) {
            if rest.strip_prefix('@').is_some_and(counts_bytes) {
                return Some(Self::Stdcall);
            }
            if rest.is_empty() && symbol != name {
                return Some(Self::Underscore);
            }
        }
        let is_itanium =
            symbol.starts_with("_Z") && symbol.contains(&format!("{}{name}", name.len()));
        let is_microsoft = symbol
            .strip_prefix('?')
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('@'));
        if is_itanium || is_microsoft {
            return Some(Self::Cpp);
        }
        (symbol != name && symbol.eq_ignore_ascii_case(name)).then_some(Self::LetterCase)
    }
}

/// Longest symbol that is kept; mangled names of an entry point are far shorter.
const LONGEST_SYMBOL: usize = 512;

/// What a module's symbol tables say of the entry points.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    exported: Vec<String>,
    hidden: Vec<String>,
}

impl Symbols {
    pub(crate) fn add_exported(&mut self, symbol: &[u8]) {
        self.exported.extend(relevant(symbol));
    }

    pub(crate) fn add_hidden(&mut self, symbol: &[u8]) {
        self.hidden.extend(relevant(symbol));
    }

    pub(crate) fn presence(&self, point: EntryPoint) -> Presence {
        let name = point.name();
        if self.exported.iter().any(|symbol| symbol == name) {
            return Presence::Exported;
        }
        // The plain name that is only hidden is nearer to what the author meant than a decorated one.
        if self.hidden.iter().any(|symbol| symbol == name) {
            return Presence::Hidden;
        }
        let decorated = self.exported.iter().chain(&self.hidden).find_map(|symbol| {
            let decoration = Decoration::of(symbol, name)?;
            let symbol = symbol.clone();
            Some(Presence::Decorated { symbol, decoration })
        });
        decorated.unwrap_or(Presence::Missing)
    }
}

/// `symbol`, if it may be an entry point under some name.
fn relevant(symbol: &[u8]) -> Option<String> {
    if symbol.len() > LONGEST_SYMBOL || !symbol.is_ascii() {
        return None;
    }
    let symbol = std::str::from_utf8(symbol).ok()?;
    EntryPoint::ALL
        .iter()
        .any(|point| symbol == point.name() || Decoration::of(symbol, point.name()).is_some())
        .then(|| symbol.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decorations_are_told_apart() {
        let name = "HttpExtensionProc";
        for (symbol, decoration) in [
            ("HttpExtensionProc", None),
            ("HttpExtensionProcs", None),
            ("HttpExtensionProc@", None),
            ("MyHttpExtensionProc@4", None),
            ("_HttpExtensionProc@4", Some(Decoration::Stdcall)),
            ("HttpExtensionProc@4", Some(Decoration::Stdcall)),
            ("_HttpExtensionProc", Some(Decoration::Underscore)),
            ("httpextensionproc", Some(Decoration::LetterCase)),
            (
                "_Z17HttpExtensionProcP24_EXTENSION_CONTROL_BLOCK",
                Some(Decoration::Cpp),
            ),
            ("_ZN3web17HttpExtensionProcEPv", Some(Decoration::Cpp)),
            (
                "?HttpExtensionProc@@YGKPAU_EXTENSION_CONTROL_BLOCK@@@Z",
                Some(Decoration::Cpp),
            ),
        ] {
            assert_eq!(Decoration::of(symbol, name), decoration, "{symbol}");
        }
    }

    #[test]
    fn a_plain_export_wins_over_a_decorated_one() {
        let mut symbols = Symbols::default();
        symbols.add_exported(b"_HttpExtensionProc@4");
        symbols.add_exported(b"HttpExtensionProc");
        assert_eq!(
            symbols.presence(EntryPoint::HttpExtensionProc),
            Presence::Exported
        );
    }

    #[test]
    fn a_hidden_plain_name_wins_over_a_decorated_one() {
        let mut symbols = Symbols::default();
        symbols.add_hidden(b"_Z17HttpExtensionProcPv");
        symbols.add_hidden(b"HttpExtensionProc");
        assert_eq!(
            symbols.presence(EntryPoint::HttpExtensionProc),
            Presence::Hidden
        );
    }
}
