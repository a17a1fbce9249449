use std::alloc::{self, Layout};
use std::borrow::Cow;
use std::cell::UnsafeCell;
use std::mem;
use std::ptr::NonNull;

use isapi_abi::{
    BYTE, CHAR, DWORD, EXTENSION_CONTROL_BLOCK, HSE_LOG_BUFFER_LEN, HSE_VERSION, LPSTR,
};
use isapi_core::request_head::RequestHead;
use isapi_core::session::Preread;

use crate::Backend;
use crate::conn_id::ConnId;
use crate::quarantine::QUARANTINE;
use crate::thunks;

/// The least memory for a block with its strings. Most need no more, so that one fits where another
/// was.
pub(crate) const USUAL_SIZE: usize = 512;

/// The most bytes of a body that are put behind the block. More have memory of their own, which is not
/// kept when the request is over.
const LONGEST_BODY_IN_PLACE: usize = 1024;

/// As of memory from an allocator: extensions cast a body to what they know it to be.
const ALIGN: usize = 16;

/// Where the block ends and a body may begin.
const BEHIND_BLOCK: usize = mem::size_of::<EXTENSION_CONTROL_BLOCK>().next_multiple_of(ALIGN);

/// The memory of a control block, in one piece: the block itself, a short body, and its strings.
///
/// It is held as a raw pointer because the extension reads and writes it while we own it.
#[derive(Debug)]
pub(crate) struct Block {
    memory: Memory,
    /// How much of the memory was ever written for this request.
    used: usize,
    /// A longer body.
    body: Option<Memory>,
}

impl Block {
    /// Fills a block, in the memory of one that has left quarantine if there is one
    /// ([ms525658](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525658(v=vs.90))).
    pub(super) fn new(
        conn: ConnId,
        head: &RequestHead,
        preread: &Preread,
        backend: &dyn Backend,
    ) -> Self {
        let strings: [Cow<'_, [u8]>; 5] = [
            head.method().as_str().as_bytes().into(),
            head.query().as_bytes().into(),
            backend.encode_text(&head.script().path_info),
            backend.encode_text(&head.script().path_translated),
            head.content_type().into(),
        ];
        let text_length: usize = strings.iter().map(|string| string.len() + 1).sum();
        let body_length = preread.data.len() + 1;
        let is_body_in_place = preread.data.len() <= LONGEST_BODY_IN_PLACE;
        let used = BEHIND_BLOCK + text_length + if is_body_in_place { body_length } else { 0 };
        let memory = QUARANTINE
            .take(conn, used)
            .unwrap_or_else(|| Memory::allocate(used.max(USUAL_SIZE)));

        let mut end = BEHIND_BLOCK;
        // IIS ends the bytes with a NUL that is not counted; extensions rely on it.
        let (data, body) = if is_body_in_place {
            (memory.put(&mut end, &preread.data), None)
        } else {
            let body = Memory::allocate(body_length);
            (body.put(&mut 0, &preread.data), Some(body))
        };
        let [method, query, path_info, path_translated, content_type] =
            strings.map(|string| memory.put(&mut end, &string).cast::<CHAR>());
        debug_assert_eq!(end, used);

        let ecb = EXTENSION_CONTROL_BLOCK {
            cbSize: size_of_ecb(),
            dwVersion: HSE_VERSION,
            ConnID: conn.to_raw(),
            dwHttpStatusCode: 200,
            lpszLogData: [0; HSE_LOG_BUFFER_LEN],
            lpszMethod: method,
            lpszQueryString: query,
            lpszPathInfo: path_info,
            lpszPathTranslated: path_translated,
            cbTotalBytes: preread.total_bytes,
            cbAvailable: DWORD::try_from(preread.data.len()).unwrap_or(DWORD::MAX),
            lpbData: data,
            lpszContentType: content_type,
            GetServerVariable: Some(thunks::GetServerVariable),
            WriteClient: Some(thunks::WriteClient),
            ReadClient: Some(thunks::ReadClient),
            ServerSupportFunction: Some(thunks::ServerSupportFunction),
        };
        let block = Self { memory, used, body };
        // SAFETY: the memory begins with room for a block, aligned for one. No extension knows of it
        // yet, save one that goes on using a block that has left quarantine, against the contract.
        unsafe { block.ecb().write(ecb) };
        block
    }

    /// The block as the extension sees it.
    pub(crate) fn ecb(&self) -> *mut EXTENSION_CONTROL_BLOCK {
        self.memory.start.as_ptr().cast()
    }

    /// Makes stale reads see nothing: every string is "", there is no body. The callbacks stay:
    /// they answer that the `ConnID` is stale.
    pub(super) fn poison(&mut self) {
        self.body = None;
        let ecb = self.ecb();
        // SAFETY: the memory is live until `Drop` and has `used` bytes at least, of which the block is
        // the first part. An extension that still writes it breaks the contract; no reference of ours
        // is involved.
        unsafe {
            (*ecb).lpszMethod = empty();
            (*ecb).lpszQueryString = empty();
            (*ecb).lpszPathInfo = empty();
            (*ecb).lpszPathTranslated = empty();
            (*ecb).lpszContentType = empty();
            (*ecb).cbTotalBytes = 0;
            (*ecb).cbAvailable = 0;
            (*ecb).lpbData = empty().cast();
            let behind = self.memory.start.as_ptr().add(BEHIND_BLOCK);
            behind.write_bytes(0, self.used - BEHIND_BLOCK);
        }
    }

    /// How much memory it keeps.
    pub(crate) fn size(&self) -> usize {
        self.memory.size
    }

    /// Gives the memory up for another block.
    pub(crate) fn into_memory(self) -> Memory {
        self.memory
    }
}

/// An allocation that foreign code reads and writes, aligned for a control block.
///
/// Made by `allocate`, given back by `Drop`.
#[derive(Debug)]
pub(crate) struct Memory {
    start: NonNull<BYTE>,
    size: usize,
}

// SAFETY: the memory is owned and belongs to no thread.
unsafe impl Send for Memory {}
// SAFETY: shared memory gives out its address and volatile copies of two fields, no references.
unsafe impl Sync for Memory {}

impl Memory {
    /// `size` is not 0.
    fn allocate(size: usize) -> Self {
        let layout = Self::layout(size);
        // SAFETY: no block is empty: each body and each text has at least its NUL.
        let start = unsafe { alloc::alloc(layout) };
        match NonNull::new(start) {
            Some(start) => Self { start, size },
            None => alloc::handle_alloc_error(layout),
        }
    }

    fn layout(size: usize) -> Layout {
        let align = mem::align_of::<EXTENSION_CONTROL_BLOCK>().max(ALIGN);
        match Layout::from_size_align(size, align) {
            Ok(layout) => layout,
            // The bytes were in memory already, so that they cannot be too many for it.
            Err(_) => unreachable!("{size} bytes of a request fit into no memory"),
        }
    }

    /// Puts bytes and a NUL at `end`, which moves behind them; where they are.
    fn put(&self, end: &mut usize, bytes: &[u8]) -> *mut BYTE {
        let start = *end;
        *end = start + bytes.len() + 1;
        assert!(*end <= self.size, "the room was measured for these bytes");
        // SAFETY: so many bytes are there, and they are not in `bytes`, which are our own.
        unsafe {
            let place = self.start.as_ptr().add(start);
            place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            place.add(bytes.len()).write(0);
            place
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: `start` came from `allocate` with this layout and is given back only here.
        unsafe { alloc::dealloc(self.start.as_ptr(), Self::layout(self.size)) }
    }
}

fn size_of_ecb() -> DWORD {
    DWORD::try_from(mem::size_of::<EXTENSION_CONTROL_BLOCK>()).unwrap_or(DWORD::MAX)
}

/// The empty string of every poisoned block. It can be written, so that even a stale write to a
/// first byte is harmless.
struct EmptyText(UnsafeCell<[CHAR; 16]>);

// SAFETY: we never read or write it; only extensions that break the contract do.
unsafe impl Sync for EmptyText {}

static EMPTY: EmptyText = EmptyText(UnsafeCell::new([0; 16]));

fn empty() -> LPSTR {
    EMPTY.0.get().cast()
}

#[cfg(all(test, not(isapi_loom)))]
mod tests {
    use std::collections::HashMap;
    use std::ffi::CStr;

    use bytes::Bytes;
    use isapi_core::request_head::RequestHeadParts;

    use super::*;
    use crate::test_backend::TestBackend;

    impl Block {
        /// A block without anything in it.
        pub(crate) fn of_size(size: usize) -> Self {
            Self {
                memory: Memory::allocate(size),
                used: BEHIND_BLOCK,
                body: None,
            }
        }
    }

    impl Memory {
        pub(crate) fn start(&self) -> *mut BYTE {
            self.start.as_ptr()
        }
    }

    fn block(query: &str, body: &Bytes, generation: u32) -> Block {
        let mut headers = http::HeaderMap::new();
        headers.insert("host", http::HeaderValue::from_static("example"));
        let head = RequestHead::new(RequestHeadParts {
            target: format!("/block.dll?{query}").into(),
            headers,
            ..RequestHeadParts::default()
        });
        let preread = Preread {
            data: body.clone(),
            total_bytes: 0,
        };
        let conn = ConnId::new(5, generation).expect("fits");
        let head = head.expect("the head is well formed");
        Block::new(conn, &head, &preread, &TestBackend::Utf8)
    }

    fn query_and_body(block: &Block) -> (String, Vec<u8>) {
        // SAFETY: the block is live, and so are its strings and its body.
        unsafe {
            let ecb = block.ecb().read();
            let query = CStr::from_ptr(ecb.lpszQueryString).to_str();
            let length = usize::try_from(ecb.cbAvailable).expect("fits");
            // With the NUL that is not counted.
            let body = std::slice::from_raw_parts(ecb.lpbData, length + 1);
            (query.expect("is UTF-8").to_owned(), body.to_vec())
        }
    }

    #[test]
    fn memory_comes_again_after_many_others_and_holds_what_is_new() {
        let mut last_seen = HashMap::new();
        let mut has_come_again = false;
        for number in 1..=3_000 {
            let query = "q".repeat(usize::try_from(number % 100).expect("fits"));
            let body = Bytes::from(query.clone());
            let mut block = block(&query, &body, number);
            let terminated = [query.as_bytes(), b"\0"].concat();
            assert_eq!(query_and_body(&block), (query, terminated));
            if let Some(before) = last_seen.insert(block.ecb().addr(), number) {
                assert!(number - before > 1_000, "used again too early");
                has_come_again = true;
            }
            block.poison();
            assert_eq!(query_and_body(&block), (String::new(), vec![0]));
            QUARANTINE.admit(ConnId::new(5, number).expect("fits"), block);
        }
        assert!(has_come_again);
    }

    #[test]
    fn a_body_of_any_length_is_aligned_and_ends_with_a_nul() {
        for length in [0, LONGEST_BODY_IN_PLACE, LONGEST_BODY_IN_PLACE + 1, 49_152] {
            let body = Bytes::from(vec![b'b'; length]);
            let mut block = block("odd", &body, 1);
            assert_eq!(query_and_body(&block).1, [&body[..], b"\0"].concat());
            // SAFETY: the block is live.
            let data = unsafe { block.ecb().read() }.lpbData;
            assert!(data.addr().is_multiple_of(ALIGN), "{data:?}");
            block.poison();
            assert_eq!(query_and_body(&block).1, b"\0");
            assert!(
                block.size() <= 2 * LONGEST_BODY_IN_PLACE,
                "a long body goes"
            );
        }
    }
}
