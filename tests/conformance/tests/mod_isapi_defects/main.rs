//! What Apache's `mod_isapi` gets wrong, read off its source: each defect is a test.
//!
//! Most of the rules behind them are tested at large where they belong; here is the smallest
//! extension that `mod_isapi` breaks.

mod completions;
mod control_block;
mod loading;
mod sending;
