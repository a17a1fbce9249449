use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the system says of a thread's waits for a processor; nothing where it does not tell.
#[derive(Debug)]
pub(super) struct ProcessorWaits {
    /// Linux: time on a processor, time of waiting for one while ready to run, both in nanoseconds, and
    /// more ([proc_pid_schedstat](https://docs.kernel.org/scheduler/sched-stats.html)).
    schedstat: Option<PathBuf>,
}

impl ProcessorWaits {
    /// Of the calling thread.
    pub(super) fn of_current_thread() -> Self {
        let schedstat = cfg!(target_os = "linux")
            .then(|| fs::read_link("/proc/thread-self").ok())
            .flatten()
            .map(|thread| Path::new("/proc").join(thread).join("schedstat"));
        Self { schedstat }
    }

    /// All of them together, since the thread has begun. One that lasts counts when it is over.
    pub(super) fn total(&self) -> Option<Duration> {
        parse(&fs::read_to_string(self.schedstat.as_ref()?).ok()?)
    }
}

fn parse(schedstat: &str) -> Option<Duration> {
    let waited = schedstat.split_ascii_whitespace().nth(1)?;
    waited.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_number_is_the_time_without_a_processor() {
        assert_eq!(
            parse("243312 1704369 2\n"),
            Some(Duration::from_nanos(1_704_369))
        );
        for other in ["", "243312", "243312 - 2"] {
            assert_eq!(parse(other), None, "{other:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn sleep_is_no_wait_for_a_processor() {
        let waits = ProcessorWaits::of_current_thread();
        let Some(before) = waits.total() else {
            // A kernel that keeps no such count.
            return;
        };
        let slept = Duration::from_millis(200);
        std::thread::sleep(slept);
        assert!(waits.total().unwrap() - before < slept);
    }
}
