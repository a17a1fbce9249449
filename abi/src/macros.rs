//! Declaring a constant or a function type once, for its users and for the check against the C
//! header.

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
        #[allow(
            clippy::cast_lossless,
            reason = "`From` is not const; no type here is wider than 64 bits"
        )]
        $table_vis const TABLE: &[(&str, u64)] = &[$((stringify!($name), $name as u64)),*];
    };
}

/// Declares public function types and a list `FUNCTIONS` of their signatures.
///
/// Types must be written in names that C knows as well, or as `*mut` of one.
macro_rules! functions {
    ($(
        $(#[$doc:meta])*
        $name:ident($($parameter:ident: $ty:ty),* $(,)?) $(-> $result:ty)?;
    )*) => {
        $(
            $(#[$doc])*
            pub type $name = unsafe extern "system" fn($($parameter: $ty),*) $(-> $result)?;
        )*

        pub(crate) const FUNCTIONS: &[$crate::layout::Function] = &[$(
            $crate::layout::Function {
                name: stringify!($name),
                parameters: &[$(stringify!($ty)),*],
                result: concat!($(stringify!($result))?),
            },
        )*];
    };
}
