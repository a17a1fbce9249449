//! `[limits]`: what a request and a connection may be at most, and how long one side waits for the
//! other.

use std::ops::RangeInclusive;

use super::section::Section;
use crate::options::{DeadlineOptions, LimitOptions};

const ANY: RangeInclusive<u64> = 0..=u64::MAX;

pub(super) fn read(section: Option<Section<'_>>) -> (LimitOptions, DeadlineOptions) {
    let Some(mut section) = section else {
        return Default::default();
    };
    let limits = LimitOptions {
        max_connections: number(&mut section, "max_connections", 1..=1_000_000),
        max_request_head: number(&mut section, "max_request_head", 1024..=262_144),
        max_request_fields: number(&mut section, "max_request_fields", 1..=1000),
        max_allowed_content_length: number(&mut section, "max_allowed_content_length", ANY),
        max_url: number(&mut section, "max_url", ANY),
        max_query_string: number(&mut section, "max_query_string", ANY),
        upload_read_ahead_size: number(&mut section, "upload_read_ahead_size", 0..=0x7fff_ffff),
        response_buffer_limit: number(&mut section, "response_buffer_limit", ANY),
    };
    let mut deadline = |key| section.take(key)?.deadline();
    let deadlines = DeadlineOptions {
        header_wait_timeout: deadline("header_wait_timeout"),
        connection_timeout: deadline("connection_timeout"),
        read_timeout: deadline("read_timeout"),
        write_timeout: deadline("write_timeout"),
        drain_timeout: section
            .take("drain_timeout")
            .and_then(|value| value.duration()),
    };
    section.finish();
    (limits, deadlines)
}

fn number<T: TryFrom<u64>>(
    section: &mut Section<'_>,
    key: &'static str,
    range: RangeInclusive<u64>,
) -> Option<T> {
    section.take(key)?.number(range)
}
