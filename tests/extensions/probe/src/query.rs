//! The parameters in the query.

/// `name` and `name=value`, separated by `&`, not decoded.
#[derive(Debug)]
pub(crate) struct Query {
    parameters: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn new(text: &str) -> Query {
        let parameters = text
            .split('&')
            .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Query { parameters }
    }

    /// The first of `names` that the query has.
    pub(crate) fn first<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| self.has(name))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// What stands behind `name=`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let parameter = self.parameters.iter().find(|(have, _)| have == name);
        parameter.map(|(_, value)| value.as_str())
    }

    /// The number behind `name=`; 0 where there is none.
    pub(crate) fn number(&self, name: &str) -> u32 {
        self.value(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_and_without_a_value() {
        let query = Query::new("file=/a=b&bytes=7&send");
        assert_eq!(query.value("file"), Some("/a=b"));
        assert_eq!(query.number("bytes"), 7);
        assert!(query.has("send"));
        assert!(!query.has("end"));
        assert_eq!(query.first(&["send", "file"]), Some("send"));
    }
}
