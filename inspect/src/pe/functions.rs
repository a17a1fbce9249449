//! What a DLL offers to others and what it needs of them.

use std::collections::HashSet;
use std::fmt;

use object::LittleEndian as LE;
use object::read::pe::{ExportTable, Import};

/// Longest name that is compared.
const LONGEST_NAME: usize = 1024;

/// A function, or a variable, that is needed of a DLL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Named(Vec<u8>),
    Numbered(u16),
}

impl Function {
    /// `None` for a name that is none.
    pub(super) fn of(import: &Import<'_>) -> Option<Self> {
        match import {
            Import::Name(_, name) if name.is_empty() || name.len() > LONGEST_NAME => None,
            Import::Name(_, name) => Some(Self::Named(name.to_vec())),
            Import::Ordinal(number) => Some(Self::Numbered(*number)),
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(&String::from_utf8_lossy(name)),
            Self::Numbered(number) => write!(f, "function number {number}"),
        }
    }
}

/// What a DLL exports.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    names: HashSet<Vec<u8>>,
    numbers: HashSet<u16>,
}

impl Exports {
    /// The numbers in a table; the names are still to be added.
    pub(super) fn new(table: &ExportTable<'_>) -> Self {
        let numbers = (table.ordinal_base()..=u16::MAX)
            .zip(table.addresses())
            .filter(|(_, address)| address.get(LE) != 0)
            .map(|(number, _)| number)
            .collect();
        Self {
            names: HashSet::new(),
            numbers,
        }
    }

    pub(super) fn add(&mut self, name: &[u8]) {
        self.names.insert(name.to_vec());
    }

    pub(super) fn has(&self, function: &Function) -> bool {
        match function {
            Function::Named(name) => self.names.contains(name),
            Function::Numbered(number) => self.numbers.contains(number),
        }
    }
}
