//! Sending files with
//! [`TransmitFile`](https://learn.microsoft.com/en-us/windows/win32/api/mswsock/nf-mswsock-transmitfile).

mod availability;
mod operation;
mod sender;

pub(crate) use availability::is_available;
pub(crate) use sender::TransmitFile;

#[cfg(test)]
mod tests;
