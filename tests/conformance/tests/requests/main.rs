//! What an extension is told about a request, and which requests never reach one.

mod authentication_variables;
mod body_cut;
mod control_block;
mod every_variable;
mod expect_continue;
mod host_field;
mod limits;
mod path_escapes;
mod read_ahead;
mod read_client;
mod script_name;
mod variable_sizes;
mod variable_values;
