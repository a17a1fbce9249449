//! What of the interface must have a row.

use std::collections::HashSet;

use isapi_abi::layout;

use super::row::Group;

/// Items without a row, and items with two.
pub(super) fn faults(groups: &[Group]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = HashSet::new();
    let items = groups
        .iter()
        .flat_map(|group| &group.rows)
        .flat_map(|row| &row.items);
    for item in items {
        if !seen.insert(item.as_str()) {
            faults.push(format!("{} has two rows for {item}", super::ROWS));
        }
    }
    for item in expected() {
        if !seen.contains(item.as_str()) {
            faults.push(format!("{} has no row for {item}", super::ROWS));
        }
    }
    faults
}

/// Every name of the interface that means something to a host: constants, server variables,
/// structures, the fields of the control block.
fn expected() -> impl Iterator<Item = String> {
    let constants = isapi_abi::constants().map(|(name, _)| name.to_owned());
    let variables = isapi_core::variables::names().map(str::to_owned);
    let structures = layout::TABLE.iter().map(|table| table.name.to_owned());
    let control_block = layout::TABLE
        .iter()
        .filter(|table| table.name == "EXTENSION_CONTROL_BLOCK")
        .flat_map(|table| table.fields)
        .map(|field| field.name.to_owned());
    constants
        .chain(variables)
        .chain(structures)
        .chain(control_block)
}

#[cfg(test)]
mod tests {
    use super::super::row::Group;
    use super::{expected, faults};

    fn group(items: &[&str]) -> Group {
        let text = format!(
            "title = \"T\"\n[[row]]\nitem = {items:?}\ndocumented = \"d\"\n\
             state = \"implemented\"\nhere = \"h\"\ntests = \"t\"\n"
        );
        Group::parse(&text).expect("it is well-formed")
    }

    #[test]
    fn every_kind_of_item_is_expected() {
        let expected: Vec<_> = expected().collect();
        for item in [
            "HSE_REQ_CANCEL_IO",
            "HSE_IO_NODELAY",
            "URL",
            "HSE_TF_INFO",
            "lpbData",
        ] {
            assert!(expected.iter().any(|name| name == item), "no {item}");
        }
    }

    #[test]
    fn a_missing_row_and_a_second_one_are_named() {
        let all: Vec<_> = expected().collect();
        let mut names: Vec<_> = all.iter().map(String::as_str).collect();
        assert_eq!(faults(&[group(&names)]), Vec::<String>::new());

        let last = names.pop().expect("there are some");
        let first = names[0];
        assert_eq!(
            faults(&[group(&names), group(&[first])]),
            [
                format!("docs/conformance has two rows for {first}"),
                format!("docs/conformance has no row for {last}"),
            ]
        );
    }
}
