use std::fmt;
use std::ops::BitOr;

/// What a virtual directory allows: a set of [`READ`](Self::READ), [`SCRIPT`](Self::SCRIPT) and
/// [`EXECUTE`](Self::EXECUTE).
///
/// See [accessPolicy](https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/).
///
/// ```
/// use isapi_core::url_map::Access;
///
/// let access = Access::READ | Access::EXECUTE;
/// assert!(access.allows(Access::SCRIPT)); // what may execute modules may run scripts
/// assert!(!Access::READ.allows(Access::EXECUTE));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access(u8);

impl Access {
    /// Nothing at all.
    pub const NONE: Self = Self(0);
    /// Files are sent.
    pub const READ: Self = Self(1);
    /// Files are given to the handlers they are mapped to.
    pub const SCRIPT: Self = Self(2);
    /// Modules are executed; what [`SCRIPT`](Self::SCRIPT) allows is allowed as well.
    pub const EXECUTE: Self = Self(4);

    /// Whether every right of `other` is written here, one by one.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is here and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether this is enough for what needs `needed`.
    pub const fn allows(self, needed: Self) -> bool {
        let implied = if self.contains(Self::EXECUTE) {
            Self::SCRIPT.0
        } else {
            0
        };
        Self(self.0 | implied).contains(needed)
    }
}

impl BitOr for Access {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The names that stand in a configuration: `read, script`.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::READ, "read"),
            (Self::SCRIPT, "script"),
            (Self::EXECUTE, "execute"),
        ];
        let mut separator = "";
        for (right, name) in names {
            if self.contains(right) {
                write!(f, "{separator}{name}")?;
                separator = ", ";
            }
        }
        if separator.is_empty() {
            f.write_str("none")?;
        }
        Ok(())
    }
}
