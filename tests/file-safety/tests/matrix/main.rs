//! The changes, each on every transport. Delete and replace as Unix knows them: what Windows does with
//! an open file is tested beside its backend.
#![cfg(unix)]

mod change;
mod download;
mod expectation;
mod files;
mod moment;
mod rounds;

use change::Change;
use download::Transport;

macro_rules! matrix {
    ($($transport:ident: $is:expr),* $(,)?) => {
        $(mod $transport {
            use super::{Change, Transport, rounds};

            #[test]
            fn a_file_that_is_emptied() {
                rounds::run($is, Change::CutTo { percent: 0 });
            }

            #[test]
            fn a_file_that_is_cut_to_half() {
                rounds::run($is, Change::CutTo { percent: 50 });
            }

            #[test]
            fn a_file_that_loses_its_end() {
                rounds::run($is, Change::CutTo { percent: 99 });
            }

            #[test]
            fn a_file_that_is_replaced() {
                rounds::run($is, Change::Replace);
            }

            #[test]
            fn a_file_that_is_deleted() {
                rounds::run($is, Change::Delete);
            }

            #[test]
            fn a_file_that_nobody_may_read_any_more() {
                rounds::run($is, Change::Forbid);
            }
        })*
    };
}

matrix! {
    clear_text: Transport::ClearText,
    http2: Transport::Http2,
    tls: Transport::Tls,
}
