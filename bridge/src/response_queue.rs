//! The response between the session and the consumer of the HTTP body.

use std::collections::VecDeque;
use std::task::{Context, Waker};

use bytes::Bytes;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{BodyEnd, FileToken, HostFault, OperationId};

use crate::file_transfer::{FileRead, FileTransfer, Piece};
use crate::{Lending, Loan};

/// The longest frame made of bytes in memory: long sends are seen to make progress.
const LONGEST_FRAME: usize = 128 * 1024;

/// The same of memory that is lent, whose progress is seen by what the kernel takes. Some systems take as
/// much at once as they are given, however long that is.
const LONGEST_LENT: usize = 1024 * 1024;

/// The head, the frames behind it, and how they end.
#[derive(Debug, Default)]
pub(crate) struct ResponseQueue {
    head: HeadSlot,
    frames: VecDeque<Frame>,
    /// The files among them, in the same order.
    files: VecDeque<FileTransfer>,
    /// Lent memory that is not sent any more: to be dropped without the lock.
    returning: Vec<Bytes>,
    end: Option<BodyEnd>,
    /// Something came that its consumer may be waiting for.
    changed: bool,
    head_waker: Option<Waker>,
    frame_waker: Option<Waker>,
}

#[derive(Debug, Default)]
enum HeadSlot {
    #[default]
    Awaited,
    Ready(ResponseHead),
    Taken,
}

#[derive(Debug)]
enum Frame {
    Data {
        operation: Option<OperationId>,
        data: Bytes,
    },
    /// Memory of the extension.
    Lent {
        operation: OperationId,
        data: Bytes,
        loan: Loan,
    },
    /// The first of the files.
    File { operation: Option<OperationId> },
}

/// What the queue has for its consumer.
#[derive(Debug)]
pub(crate) enum NextFrame {
    /// The response was cut.
    Aborted,
    /// Bytes of this operation, or of synchronous sends.
    Data(Option<OperationId>, Bytes),
    /// The whole response was taken.
    End,
    /// A file of this operation, or of a synchronous send, cannot be sent; the session is to be told,
    /// then there is a next frame.
    Failed(Option<OperationId>, HostFault),
    /// The next one may be memory that is lent; nothing was taken.
    Lendable,
    /// Memory that is lent.
    Lent(Bytes, Loan),
    /// A copy of memory that is lent.
    LentCopy(Bytes),
    /// Nothing yet.
    Pending,
}

impl ResponseQueue {
    pub(crate) fn push_head(&mut self, head: ResponseHead) {
        self.head = HeadSlot::Ready(head);
        self.changed = true;
    }

    pub(crate) fn push_data(&mut self, operation: Option<OperationId>, data: Bytes) {
        self.frames.push_back(Frame::Data { operation, data });
        self.changed = true;
    }

    pub(crate) fn push_lent(&mut self, operation: OperationId, data: Bytes, loan: Loan) {
        self.frames.push_back(Frame::Lent {
            operation,
            data,
            loan,
        });
        self.changed = true;
    }

    pub(crate) fn push_file(&mut self, transfer: FileTransfer) {
        let operation = transfer.operation();
        self.frames.push_back(Frame::File { operation });
        self.files.push_back(transfer);
        self.changed = true;
    }

    /// The first end counts, save that the connection may still be lost behind it. What is queued
    /// then goes nowhere.
    pub(crate) fn end(&mut self, end: BodyEnd) {
        if end == BodyEnd::Abort {
            self.discard();
            self.end = Some(end);
        }
        self.end.get_or_insert(end);
        self.changed = true;
    }

    /// The session is over: what has not come will not come.
    pub(crate) fn finish(&mut self) {
        self.changed = true;
    }

    /// Drops what is still queued for an operation.
    pub(crate) fn cancel(&mut self, cancelled: OperationId) {
        let frames = std::mem::take(&mut self.frames).into_iter();
        let (dropped, kept) = frames.partition(|frame| match frame {
            Frame::Data { operation, .. } | Frame::File { operation } => {
                *operation == Some(cancelled)
            }
            Frame::Lent { operation, .. } => *operation == cancelled,
        });
        self.frames = kept;
        self.give_back(dropped);
        self.files
            .retain(|transfer| transfer.operation() != Some(cancelled));
    }

    /// Drops all frames: nobody will take them.
    pub(crate) fn discard(&mut self) {
        let frames = std::mem::take(&mut self.frames);
        self.give_back(frames);
        self.files.clear();
    }

    fn give_back(&mut self, frames: VecDeque<Frame>) {
        let lent = frames.into_iter().filter_map(|frame| match frame {
            Frame::Lent { data, .. } => Some(data),
            Frame::Data { .. } | Frame::File { .. } => None,
        });
        self.returning.extend(lent);
    }

    /// Lent memory that is not sent any more, to be dropped without the lock.
    pub(crate) fn take_returning(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.returning)
    }

    pub(crate) fn block_read(&mut self, token: FileToken, result: Result<Bytes, HostFault>) {
        let mut files = self.files.iter_mut();
        if let Some(transfer) = files.find(|transfer| transfer.token() == token) {
            transfer.block_read(result);
            self.changed = true;
        }
    }

    /// The file read to be made now, if there is one. Reading begins while other frames are still
    /// in front. At most two files are read ahead, so that a client which takes nothing does not have
    /// a long vector in memory.
    pub(crate) fn wanted_read(&mut self) -> Option<FileRead> {
        let mut ahead = self.files.iter_mut().take(2);
        ahead.find(|transfer| transfer.is_unread())?.wanted_read()
    }

    pub(crate) fn take_head(&mut self) -> Option<ResponseHead> {
        match std::mem::replace(&mut self.head, HeadSlot::Taken) {
            HeadSlot::Ready(head) => Some(head),
            HeadSlot::Awaited => {
                self.head = HeadSlot::Awaited;
                None
            }
            HeadSlot::Taken => None,
        }
    }

    /// Can no head come any more?
    pub(crate) fn is_headless(&self) -> bool {
        matches!(self.head, HeadSlot::Taken)
            || (matches!(self.head, HeadSlot::Awaited) && self.end.is_some())
    }

    pub(crate) fn next_frame(&mut self, lending: Lending) -> NextFrame {
        let Some(frame) = self.frames.front_mut() else {
            return match self.end {
                None => NextFrame::Pending,
                Some(BodyEnd::Abort | BodyEnd::Cut) => NextFrame::Aborted,
                Some(BodyEnd::CloseAfter | BodyEnd::Complete) => NextFrame::End,
            };
        };
        match frame {
            Frame::Data { operation, data } => {
                let operation = *operation;
                let piece = data.split_to(data.len().min(LONGEST_FRAME));
                if data.is_empty() {
                    self.frames.pop_front();
                }
                NextFrame::Data(operation, piece)
            }
            Frame::Lent { data, loan, .. } => match lending {
                Lending::Accepted => {
                    let piece = data.split_to(data.len().min(LONGEST_LENT));
                    let next = NextFrame::Lent(piece, loan.clone());
                    if data.is_empty() {
                        self.frames.pop_front();
                    }
                    next
                }
                Lending::Refused => {
                    let piece = data.split_to(data.len().min(LONGEST_FRAME));
                    if data.is_empty() {
                        self.frames.pop_front();
                    }
                    let copy = Bytes::copy_from_slice(&piece);
                    self.returning.push(piece);
                    NextFrame::LentCopy(copy)
                }
                Lending::Undecided => NextFrame::Lendable,
            },
            Frame::File { operation } => {
                let operation = *operation;
                let Some(transfer) = self.files.front_mut() else {
                    return NextFrame::Pending;
                };
                match transfer.next_piece() {
                    Piece::Data { data, last } => {
                        if last {
                            self.frames.pop_front();
                            self.files.pop_front();
                        }
                        NextFrame::Data(operation, data)
                    }
                    Piece::Failed(fault) => {
                        // What is queued behind the hole would be taken for what was in it.
                        self.discard();
                        NextFrame::Failed(operation, fault)
                    }
                    Piece::NotYet => NextFrame::Pending,
                }
            }
        }
    }

    /// Drops everything if a file is in front; its operation.
    pub(crate) fn fail_file(&mut self) -> Option<Option<OperationId>> {
        let Frame::File { operation } = *self.frames.front()? else {
            return None;
        };
        self.discard();
        Some(operation)
    }

    pub(crate) fn close_after(&self) -> bool {
        self.end == Some(BodyEnd::CloseAfter)
    }

    /// Is the connection to be closed at once?
    pub(crate) fn is_aborted(&self) -> bool {
        self.end == Some(BodyEnd::Abort)
    }

    /// Was all of a whole response taken?
    pub(crate) fn is_done(&self) -> bool {
        self.frames.is_empty() && matches!(self.end, Some(BodyEnd::CloseAfter | BodyEnd::Complete))
    }

    pub(crate) fn await_head(&mut self, cx: &Context<'_>) {
        remember(&mut self.head_waker, cx);
    }

    pub(crate) fn await_frame(&mut self, cx: &Context<'_>) {
        remember(&mut self.frame_waker, cx);
    }

    /// Who is to be woken if something came.
    pub(crate) fn wakers(&mut self) -> [Option<Waker>; 2] {
        if std::mem::take(&mut self.changed) {
            [self.head_waker.take(), self.frame_waker.take()]
        } else {
            [None, None]
        }
    }
}

/// Keeps the caller's waker, and the old one where it wakes the same task.
pub(crate) fn remember(slot: &mut Option<Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}

#[cfg(all(test, not(isapi_loom)))]
mod tests {
    use std::io;
    use std::sync::Arc;

    use isapi_core::session::FileRange;

    use super::*;
    use crate::SendableFile;
    use crate::file_transfer::{Prepared, PreparedFile};

    #[derive(Debug)]
    struct Zeros;

    impl SendableFile for Zeros {
        fn len(&self) -> io::Result<u64> {
            Ok(u64::MAX)
        }

        fn read_at(&self, _: u64, buf: &mut [u8]) -> io::Result<usize> {
            Ok(buf.len())
        }

        fn map(&self, _: u64, _: u64) -> Option<Bytes> {
            None
        }
    }

    #[test]
    fn a_client_that_takes_nothing_has_few_files_read_for_it() {
        let mut queue = ResponseQueue::default();
        for number in 0..100 {
            let token = FileToken(number);
            let file = PreparedFile {
                token,
                prepared: Prepared::Unread(Arc::new(Zeros)),
            };
            let range = FileRange {
                file: token,
                offset: 0,
                length: 1000,
            };
            queue.push_file(FileTransfer::new(None, range, file));
        }
        let read_all = |queue: &mut ResponseQueue, from: u64| {
            let mut number = from;
            while queue.wanted_read().is_some() {
                queue.block_read(FileToken(number), Ok(Bytes::from_static(&[0; 1000])));
                number += 1;
            }
            number - from
        };
        assert_eq!(read_all(&mut queue, 0), 2);
        assert!(matches!(
            queue.next_frame(Lending::Refused),
            NextFrame::Data(None, _)
        ));
        assert_eq!(read_all(&mut queue, 2), 1, "one more for the one taken");
    }
}
