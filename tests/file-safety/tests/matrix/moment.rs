//! When a file is changed, and who has it open then.

/// When a file is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before the request is sent.
    Before,
    /// By another thread while the request is sent and answered.
    During,
    /// When the client has the head.
    BehindHead,
    /// When the client has this part of the body.
    InsideBody { percent: usize },
}

/// Who opens the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The extension for an earlier request.
    Before,
    /// The extension for this request.
    ByRequest,
}

/// What a round is about: eight rounds have every moment with both kinds of file, and each of them
/// another part of the body.
pub(crate) fn of_round(round: usize) -> (Moment, Opened) {
    let moment = match round % 4 {
        0 => Moment::Before,
        1 => Moment::During,
        2 => Moment::BehindHead,
        _ => Moment::InsideBody {
            percent: 1 + round * 37 % 97,
        },
    };
    let opened = match (round + round / 4) % 2 {
        0 => Opened::ByRequest,
        _ => Opened::Before,
    };
    (moment, opened)
}

impl Moment {
    /// Had the host surely begun to send before the change?
    pub(crate) fn is_behind_head(self) -> bool {
        matches!(self, Moment::BehindHead | Moment::InsideBody { .. })
    }
}
