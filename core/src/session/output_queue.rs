use std::collections::VecDeque;

use super::Output;

/// The outputs that wait to be polled, in their order.
///
/// One alone, the usual number, costs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct OutputQueue {
    /// None only where there are no others, so that equal queues are equal values.
    first: Option<Output>,
    others: VecDeque<Output>,
}

impl OutputQueue {
    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    pub(super) fn push_back(&mut self, output: Output) {
        match self.first {
            None => self.first = Some(output),
            Some(_) => self.others.push_back(output),
        }
    }

    #[inline]
    pub(super) fn pop_front(&mut self) -> Option<Output> {
        let first = self.first.take()?;
        if !self.others.is_empty() {
            self.first = self.others.pop_front();
        }
        Some(first)
    }

    /// Drops all but the first `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        drop(self.split_off(length));
    }

    /// Takes all but the first `length` out.
    pub(super) fn split_off(&mut self, length: usize) -> VecDeque<Output> {
        if let Some(others) = length.checked_sub(1) {
            let others = others.min(self.others.len());
            return self.others.split_off(others);
        }
        let mut all = std::mem::take(&mut self.others);
        if let Some(first) = self.first.take() {
            all.push_front(first);
        }
        all
    }
}

impl Extend<Output> for OutputQueue {
    fn extend<I: IntoIterator<Item = Output>>(&mut self, outputs: I) {
        for output in outputs {
            self.push_back(output);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(numbers: impl IntoIterator<Item = u16>) -> OutputQueue {
        let mut queue = OutputQueue::default();
        queue.extend(numbers.into_iter().map(Output::LogSubStatus));
        queue
    }

    fn numbers(outputs: impl IntoIterator<Item = Output>) -> Vec<u16> {
        let number = |output| match output {
            Output::LogSubStatus(number) => number,
            other => panic!("{other:?} was not put in"),
        };
        outputs.into_iter().map(number).collect()
    }

    #[test]
    fn outputs_come_in_the_order_they_were_put_in() {
        let mut queue = numbered(0..3);
        assert_eq!(queue.len(), 3);
        let first = queue.pop_front();
        queue.push_back(Output::LogSubStatus(3));
        let rest = std::iter::from_fn(|| queue.pop_front());
        assert_eq!(numbers(first.into_iter().chain(rest)), [0, 1, 2, 3]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_queue_is_cut_at_any_place() {
        for length in 0..5 {
            let mut queue = numbered(0..3);
            let cut = queue.split_off(length.into());
            assert_eq!(queue, numbered(0..length.min(3)), "at {length}");
            assert_eq!(numbers(cut), (length..3).collect::<Vec<_>>());
        }
    }

    #[test]
    fn queues_are_equal_whatever_was_in_them_before() {
        let mut queue = numbered([7, 8, 9]);
        assert!(queue.pop_front().is_some());
        queue.truncate(1);
        assert_eq!(queue, numbered([8]));
        queue.truncate(0);
        assert_eq!(queue, OutputQueue::default());
    }
}
