//! Which call each step is.

use std::io::{Seek, SeekFrom};

use isapi_abi::{
    HSE_APPEND_LOG_PARAMETER, HSE_IO_SYNC, HSE_REQ_ABORTIVE_CLOSE, HSE_REQ_CANCEL_IO,
    HSE_REQ_CLOSE_CONNECTION, HSE_REQ_GET_ANONYMOUS_TOKEN, HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN,
    HSE_REQ_IS_CONNECTED, HSE_REQ_IS_KEEP_CONN, HSE_REQ_REFRESH_ISAPI_ACL,
    HSE_REQ_REPORT_UNHEALTHY, HSE_REQ_SEND_URL, HSE_REQ_SEND_URL_REDIRECT_RESP,
};

use crate::fill::fill;
use crate::journal;
use crate::program::Step;
use crate::run::Run;
use crate::section::Section;

/// The section of the steps `enter` and `leave`.
static SECTION: Section = Section::new();

impl Run {
    /// Does what `step` says; answers the line for the journal, if there is one.
    pub(crate) fn call(&'static self, step: &Step) -> Option<String> {
        let name = step.name.as_str();
        match name {
            "abortive_close" => Some(self.bare_request(name, HSE_REQ_ABORTIVE_CLOSE)),
            "anonymous_token" => {
                Some(self.anonymous_token(name, HSE_REQ_GET_ANONYMOUS_TOKEN, step.bytes(0)))
            }
            "append_log" => Some(self.text_request(name, HSE_APPEND_LOG_PARAMETER, step)),
            "await" => self.wait(step.text(0)),
            "await_client_gone" => Some(self.await_client_gone()),
            "cache_callback" => Some(self.cache_callback()),
            "cancel_io" => Some(self.bare_request(name, HSE_REQ_CANCEL_IO)),
            "cert_info" => Some(self.cert_info(step.number(0).unwrap_or(0))),
            "close" => Some(self.bare_request(name, HSE_REQ_CLOSE_CONNECTION)),
            "conn" => self.choose_conn(step.text(0)),
            "custom_error" => Some(self.custom_error(step)),
            "done" => Some(self.done(step.number(0))),
            "dump" => self.dump(&journal::wait(step.text(0), step.text(1))),
            "dump_settled" => self.dump(&journal::wait_settled(step.text(0), step.text(1))),
            "enter" => {
                SECTION.enter();
                None
            }
            "exec_unicode_url" => Some(self.exec_unicode_url(step)),
            "exec_url" => Some(self.exec_url(step)),
            "exec_url_status" => Some(self.exec_url_status()),
            "field" => Some(self.field(step.text(0))),
            "flush" => Some(self.flush(step.number(0).unwrap_or(0))),
            "header" => Some(self.header(step.bytes(1), step.bytes(2), None, step.number(0))),
            "header_length" => {
                Some(self.header(step.bytes(0), step.bytes(1), step.number(2), Some(1)))
            }
            "http_status" => self.set_http_status(step.number(0).unwrap_or(0)),
            "io_completion" => Some(self.io_completion(step.text(0) == "NULL")),
            "is_connected" => Some(self.ask(name, HSE_REQ_IS_CONNECTED)),
            "is_in_process" => Some(self.is_in_process()),
            "is_keep_conn" => Some(self.ask(name, HSE_REQ_IS_KEEP_CONN)),
            "leave" => {
                SECTION.leave();
                None
            }
            "log_data" => self.set_log_data(step.bytes(0)),
            "map_unicode_url" => Some(self.map_unicode_url(step.text(0), step.number(1))),
            "map_unicode_url_ex" => Some(self.map_unicode_url_ex(step.text(0))),
            "map_url" => Some(self.map_url(step.bytes(0), step.number(1))),
            "map_url_ex" => Some(self.map_url_ex(step.bytes(0))),
            "mark" => Some(step.text(0).to_owned()),
            "normalize" => Some(self.normalize(step.bytes(0))),
            "old_header" => Some(self.old_header(step.bytes(0), step.bytes(1))),
            "open" => self.open(step.text(0)),
            "out" => Some(self.out(step.number(0).unwrap_or(0))),
            "position" => Some(format!(
                "position {}",
                self.with_file(Seek::stream_position)
            )),
            "post" => {
                journal::write(step.text(0), step.text(1));
                None
            }
            "read" => Some(self.read(step.number(0).unwrap_or(0))),
            "read_all" => Some(self.read_all(step.number(0).unwrap_or(0))),
            "read_async" => Some(self.read_async(step.number(0).unwrap_or(0), None)),
            "read_async_flags" => {
                Some(self.read_async(step.number(0).unwrap_or(0), step.number(1)))
            }
            "read_file" => Some(self.read_file(step.number(0).unwrap_or(0))),
            "read_exact" => Some(self.read_exact(step.number(0).unwrap_or(0))),
            "read_null" => Some(self.read_null(step.text(0))),
            "redirect" => Some(self.text_request(name, HSE_REQ_SEND_URL_REDIRECT_RESP, step)),
            "refresh_acl" => Some(self.text_request(name, HSE_REQ_REFRESH_ISAPI_ACL, step)),
            "report_unhealthy" => Some(self.text_request(name, HSE_REQ_REPORT_UNHEALTHY, step)),
            "scribble" => self.scribble(),
            "seek" => {
                let position = u64::from(step.number(0).unwrap_or(0));
                self.with_file(|file| file.seek(SeekFrom::Start(position)));
                None
            }
            "send_url" => Some(self.text_request(name, HSE_REQ_SEND_URL, step)),
            "spawn" => {
                self.spawn();
                None
            }
            "sspi" => Some(self.sspi()),
            "support" => {
                let code = step.number(0).unwrap_or(0);
                Some(self.bare_request(&format!("support {code}"), code))
            }
            "trace_info" => Some(self.trace_info()),
            "transmit" => Some(self.transmit(step)),
            "unicode_anonymous_token" => {
                let code = HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN;
                Some(self.anonymous_token(name, code, step.bytes(0)))
            }
            "variable" => Some(self.variable(step.bytes(0))),
            "variable_into" => Some(self.variable_into(step.bytes(0), step.number(1).unwrap_or(0))),
            "variable_null" => Some(self.variable_null(step.bytes(0))),
            "vector" => Some(self.vector(step)),
            "wild" => Some(self.wild(step.number(0).unwrap_or(0))),
            "write" => Some(self.write(name, step.bytes(0), HSE_IO_SYNC)),
            "write_async" => Some(self.write_async(step.bytes(0).to_vec())),
            "write_async_fill" => {
                Some(self.write_async(fill(step.number(0).unwrap_or(0) as usize)))
            }
            "write_fill" => {
                let data = fill(step.number(0).unwrap_or(0) as usize);
                Some(self.write(name, &data, HSE_IO_SYNC))
            }
            "write_flags" => Some(self.write(name, step.bytes(1), step.number(0).unwrap_or(0))),
            "write_no_size" => Some(self.write_no_size()),
            "write_null" => Some(self.write_null(step.number(0).unwrap_or(0))),
            "write_repeat" => {
                let data = step.bytes(0).repeat(step.number(1).unwrap_or(0) as usize);
                Some(self.write(name, &data, HSE_IO_SYNC))
            }
            other => panic!("there is no step {other:?}"),
        }
    }
}
