//! What becomes of a response when its file is changed while `HSE_REQ_TRANSMIT_FILE` sends it.
//!
//! The matrix has a test for each change and transport; each goes through files of four sizes. Its rounds
//! vary the moment of the change, and whether the extension keeps the file open or opens it for the
//! request. A line per cell tells what ran and what came of it.
//!
//! `cargo xtask test file-safety` runs a hundred rounds of each cell against the server program. Elsewhere
//! a few are run, against a server in the process of the tests; `ISAPI_FILE_SAFETY_ROUNDS` says how many.
//!
//! What must hold: the server lives. A response that arrives whole has the bytes of the file as it was
//! before the change or, where the change came early enough, after it. A file that shrinks while much of it
//! is still to be sent is never a whole response; the response is cut, and the log says why.
//!
//! One thing cannot be had where the kernel sends the file, in clear text from 64 KiB on: it sends the
//! pages of the file itself, and when the file is cut it overwrites what lies behind the new end, in its
//! send buffer too. So bytes behind the new end may arrive as zeros, and when the kernel had all of the
//! file by then, the response is whole all the same. So it is with every server that uses `sendfile(2)`.
