//! Declaring a constant once, for its users and for the check against the C header.

/// Declares public constants and a `TABLE` of their names and values.
macro_rules! constants {
    ($(#[$table_doc:meta])* $table_vis:vis TABLE; $(
        $(#[$doc:meta])*
        $name:ident: $ty:ty = $value:expr;
    )*) => {
        $(
            $(#[$doc])*
            pub const $name: $ty = $value;
        )*

        $(#[$table_doc])*
        #[allow(clippy::cast_lossless, reason = "`From` is not const; every type here is at most 64 bits wide")]
        $table_vis const TABLE: &[(&str, u64)] = &[$((stringify!($name), $name as u64)),*];
    };
}
