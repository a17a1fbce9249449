use std::time::Duration;

use super::*;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn activity() -> (Activity, Instant) {
    let now = Instant::now();
    (
        Activity::new(ConnectionOptions::default(), Protocol::Http1, now),
        now,
    )
}

fn activity_of(protocol: Protocol) -> (Activity, Instant) {
    let now = Instant::now();
    let options = ConnectionOptions {
        head_timeout: seconds(20),
        ..ConnectionOptions::default()
    };
    (Activity::new(options, protocol, now), now)
}

#[test]
fn a_silent_connection_ends_after_the_first_byte_timeout() {
    let (activity, start) = activity();
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(30), Stage::FirstByte))
    );
}

#[test]
fn a_timeout_of_all_the_time_there_is_never_comes() {
    let now = Instant::now();
    let options = ConnectionOptions {
        first_byte_timeout: Duration::MAX,
        ..ConnectionOptions::default()
    };
    assert_eq!(
        Activity::new(options, Protocol::Http1, now).deadline(),
        None
    );
}

#[test]
fn a_head_has_to_be_finished_however_slowly_it_drips() {
    let (mut activity, start) = activity();
    activity.bytes_read(start + seconds(10));
    activity.bytes_read(start + seconds(29));
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(40), Stage::Head))
    );
}

#[test]
fn a_request_under_way_has_no_deadline_of_the_connections() {
    let (mut activity, start) = activity();
    activity.bytes_read(start);
    activity.request_begun();
    assert_eq!(activity.deadline(), None);
    activity.bytes_read(start + seconds(1));
    assert_eq!(activity.deadline(), None);
}

#[test]
fn between_requests_the_idle_timeout_runs_from_the_last_byte() {
    let (mut activity, start) = activity();
    activity.request_begun();
    assert!(activity.request_ended(start + seconds(1)).is_none());
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(121), Stage::Idle))
    );
    activity.bytes_written(start + seconds(5));
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(125), Stage::Idle))
    );
    activity.bytes_read(start + seconds(6));
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(36), Stage::Head))
    );
}

#[test]
fn a_client_that_takes_nothing_is_waited_for_only_so_long() {
    let (mut activity, start) = activity();
    activity.request_begun();
    activity.write_blocked(start);
    activity.write_blocked(start + seconds(50));
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(60), Stage::Write))
    );
    activity.bytes_written(start + seconds(55));
    assert_eq!(activity.deadline(), None);
}

#[test]
fn a_request_that_begins_before_the_last_one_is_dropped_is_under_way() {
    let (mut activity, start) = activity();
    activity.request_begun();
    activity.request_begun();
    assert!(activity.request_ended(start).is_none());
    assert_eq!(activity.deadline(), None);
}

#[test]
fn a_handshake_has_to_be_finished_however_slowly_it_drips() {
    let (mut activity, start) = activity_of(Protocol::Handshake);
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(30), Stage::FirstByte))
    );
    activity.bytes_read(start + seconds(10));
    activity.bytes_read(start + seconds(29));
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(30), Stage::Handshake))
    );
}

#[test]
fn frames_between_requests_keep_no_connection_of_http2() {
    let (mut activity, start) = activity_of(Protocol::Http2);
    let first = Some((start + seconds(20), Stage::Head));
    assert_eq!(activity.deadline(), first);
    activity.bytes_read(start + seconds(19));
    activity.bytes_written(start + seconds(19));
    assert_eq!(activity.deadline(), first);
    activity.request_begun();
    assert_eq!(activity.deadline(), None);
    assert!(activity.request_ended(start + seconds(30)).is_none());
    let idle = Some((start + seconds(150), Stage::Idle));
    assert_eq!(activity.deadline(), idle);
    activity.bytes_read(start + seconds(100));
    activity.bytes_written(start + seconds(100));
    assert_eq!(activity.deadline(), idle);
}

#[test]
fn a_client_that_was_told_goodbye_has_little_time() {
    let (mut activity, start) = activity_of(Protocol::Http2);
    activity.request_begun();
    activity.goodbye_said(start);
    assert_eq!(activity.deadline(), None);
    assert!(activity.request_ended(start + seconds(60)).is_none());
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(60) + GOODBYE, Stage::Idle))
    );
}

#[test]
fn one_response_with_room_is_progress_for_all() {
    let (mut activity, start) = activity_of(Protocol::Http2);
    for _ in 0..2 {
        activity.request_begun();
        activity.wants_room(start);
    }
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(60), Stage::Write))
    );
    activity.found_room(start + seconds(50));
    assert_eq!(
        activity.deadline(),
        Some((start + seconds(110), Stage::Write))
    );
    activity.found_room(start + seconds(51));
    assert_eq!(activity.deadline(), None);
}

#[test]
fn a_flush_counts_for_those_who_waited_for_it() {
    let (mut activity, _) = activity();
    let (mut one, mut other) = (None, None);
    assert!(activity.poll_flushed(&mut one, Waker::noop()).is_pending());
    assert_eq!(activity.flushed().len(), 1);
    assert!(activity.poll_flushed(&mut one, Waker::noop()).is_ready());
    assert!(
        activity
            .poll_flushed(&mut other, Waker::noop())
            .is_pending()
    );
}

#[test]
fn files_are_looked_for_until_a_flush_behind_the_response() {
    let (mut activity, start) = activity();
    activity.request_begun();
    activity.sends_files = true;
    drop(activity.flushed());
    assert!(activity.sends_files, "a frame may still be on its way");
    drop(activity.request_ended(start));
    assert!(activity.sends_files, "the last bytes are not out");
    drop(activity.flushed());
    assert!(!activity.sends_files);
}

#[test]
fn a_task_that_is_polled_is_not_woken() {
    let (mut activity, start) = activity();
    activity.set_waker(Waker::noop());
    activity.poll_begins();
    activity.request_begun();
    assert!(activity.request_ended(start).is_none());
    activity.set_waker(Waker::noop());
    activity.request_begun();
    assert!(activity.request_ended(start).is_some());
}
