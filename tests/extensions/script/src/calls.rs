//! The calls of HTTP and of the control block, each with one line about what it answered.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char};
use std::fs::File;
use std::io::{self, Read};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use isapi_abi::{
    BOOL, DWORD, FALSE, HSE_IO_SYNC, HSE_LOG_BUFFER_LEN, HSE_REQ_DONE_WITH_SESSION,
    HSE_REQ_IS_CONNECTED, HSE_REQ_SEND_RESPONSE_HEADER, HSE_REQ_SEND_RESPONSE_HEADER_EX,
    HSE_SEND_HEADER_EX_INFO, LPCSTR, LPVOID, PVOID,
};

use crate::fill::describe;
use crate::journal;
use crate::program::Step;
use crate::run::{Run, lock};

/// The `ConnID`s of all scripts by journal, for the step `conn NAME`.
static CONNS: Mutex<Option<HashMap<String, usize>>> = Mutex::new(None);

impl Run {
    /// `ServerSupportFunction`.
    ///
    /// # Safety
    ///
    /// The pointers are what `code` asks for, or null.
    pub(crate) unsafe fn support(
        &self,
        code: DWORD,
        buffer: LPVOID,
        size: *mut DWORD,
        kind: *mut DWORD,
    ) -> BOOL {
        // SAFETY: the caller's promise.
        unsafe { (self.callbacks().support)(self.conn(), code, buffer, size, kind) }
    }

    pub(crate) fn header(
        &self,
        status: &[u8],
        headers: &[u8],
        length: Option<u32>,
        keep: Option<u32>,
    ) -> String {
        let (status, headers) = (c_string(status), c_string(headers));
        let mut info = HSE_SEND_HEADER_EX_INFO {
            pszStatus: pointer(&status),
            pszHeader: pointer(&headers),
            cchStatus: count(&status),
            cchHeader: length.unwrap_or_else(|| count(&headers)),
            fKeepConn: BOOL::from(keep == Some(1)),
        };
        let info = ptr::from_mut(&mut info).cast();
        let code = HSE_REQ_SEND_RESPONSE_HEADER_EX;
        // SAFETY: `info` and its strings live until after the call.
        let ok = unsafe { self.support(code, info, ptr::null_mut(), ptr::null_mut()) };
        outcome("header", ok, "")
    }

    pub(crate) fn old_header(&self, status: &[u8], headers: &[u8]) -> String {
        let (status, headers) = (c_string(status), c_string(headers));
        let buffer = pointer(&status).cast_mut().cast();
        // This request passes a string as the pointer to a DWORD.
        #[allow(clippy::cast_ptr_alignment, reason = "it is never read as a DWORD")]
        let kind = pointer(&headers).cast_mut().cast::<DWORD>();
        let code = HSE_REQ_SEND_RESPONSE_HEADER;
        // SAFETY: the strings live until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), kind) };
        outcome("old_header", ok, "")
    }

    pub(crate) fn text_request(&self, name: &str, code: DWORD, step: &Step) -> String {
        let text = c_string(step.bytes(0));
        let mut size = count(&text);
        let buffer = pointer(&text).cast_mut().cast();
        // SAFETY: the text and its size live until after the call.
        let ok = unsafe { self.support(code, buffer, &raw mut size, ptr::null_mut()) };
        outcome(name, ok, "")
    }

    pub(crate) fn bare_request(&self, name: &str, code: DWORD) -> String {
        // SAFETY: null pointers are what the request asks for, or must be refused.
        let ok = unsafe { self.support(code, ptr::null_mut(), ptr::null_mut(), ptr::null_mut()) };
        outcome(name, ok, "")
    }

    pub(crate) fn ask(&self, name: &str, code: DWORD) -> String {
        // Neither of the two answers.
        let mut answer: BOOL = 7;
        let buffer = ptr::from_mut(&mut answer).cast();
        // SAFETY: the answer lives until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        outcome(name, ok, &answer.to_string())
    }

    pub(crate) fn await_client_gone(&self) -> String {
        loop {
            let answer = self.ask("is_connected", HSE_REQ_IS_CONNECTED);
            if answer != "is_connected TRUE 1" {
                return answer;
            }
            std::thread::yield_now();
        }
    }

    pub(crate) fn done(&self, status: Option<u32>) -> String {
        let mut status = status;
        let buffer = status
            .as_mut()
            .map_or(ptr::null_mut(), |status| ptr::from_mut(status).cast());
        let code = HSE_REQ_DONE_WITH_SESSION;
        // SAFETY: the status lives until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        outcome("done", ok, "")
    }

    pub(crate) fn write(&self, name: &str, data: &[u8], flags: DWORD) -> String {
        let mut bytes = DWORD::try_from(data.len()).expect("a test's data is small");
        let buffer = data.as_ptr().cast_mut().cast();
        // SAFETY: synchronous, or refused: the data lives until after the call.
        let ok =
            unsafe { (self.callbacks().write_client)(self.conn(), buffer, &raw mut bytes, flags) };
        outcome(name, ok, &bytes.to_string())
    }

    pub(crate) fn write_null(&self, length: u32) -> String {
        let mut bytes = length;
        // SAFETY: a null pointer must be refused.
        let ok = unsafe {
            let data = ptr::null_mut();
            (self.callbacks().write_client)(self.conn(), data, &raw mut bytes, HSE_IO_SYNC)
        };
        outcome("write_null", ok, &bytes.to_string())
    }

    pub(crate) fn write_no_size(&self) -> String {
        let data = b"x";
        // SAFETY: a null pointer must be refused.
        let ok = unsafe {
            let buffer = data.as_ptr().cast_mut().cast();
            (self.callbacks().write_client)(self.conn(), buffer, ptr::null_mut(), HSE_IO_SYNC)
        };
        outcome("write_no_size", ok, "")
    }

    pub(crate) fn read_null(&self, which: &str) -> String {
        let mut data = [0_u8; 8];
        let mut size: DWORD = 8;
        let buffer: LPVOID = if which == "buffer" {
            ptr::null_mut()
        } else {
            data.as_mut_ptr().cast()
        };
        let size = if which == "size" {
            ptr::null_mut()
        } else {
            &raw mut size
        };
        // SAFETY: a null pointer must be refused; the other one is as the call asks for.
        let ok = unsafe { (self.callbacks().read_client)(self.conn(), buffer, size) };
        outcome("read_null", ok, "")
    }

    pub(crate) fn read(&self, capacity: u32) -> String {
        let mut buffer = vec![0; capacity as usize];
        match self.read_client(&mut buffer) {
            Ok(length) => format!("read TRUE {length} {}", describe(&buffer[..length])),
            Err(code) => format!("read FALSE {code}"),
        }
    }

    pub(crate) fn read_all(&self, capacity: u32) -> String {
        let mut buffer = vec![0; capacity as usize];
        let mut all = self.preread();
        let available = all.len();
        loop {
            match self.read_client(&mut buffer) {
                Ok(0) => break,
                Ok(length) => all.extend_from_slice(&buffer[..length]),
                Err(code) => return format!("read_all FALSE {code} after {}", all.len()),
            }
        }
        format!(
            "read_all {available}+{} {}",
            all.len() - available,
            describe(&all)
        )
    }

    /// Reads until there are `length` bytes behind those that came with the control block.
    pub(crate) fn read_exact(&self, length: u32) -> String {
        let mut buffer = vec![0; length as usize];
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_client(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(code) => return format!("read_exact FALSE {code} after {filled}"),
            }
        }
        format!("read_exact {filled} {}", describe(&buffer[..filled]))
    }

    fn read_client(&self, buffer: &mut [u8]) -> Result<usize, i32> {
        let mut size = DWORD::try_from(buffer.len()).expect("a test's buffer is small");
        let data = buffer.as_mut_ptr().cast();
        // SAFETY: the buffer has room for `size` bytes.
        let ok = unsafe { (self.callbacks().read_client)(self.conn(), data, &raw mut size) };
        if ok == FALSE {
            return Err(last_error());
        }
        Ok(size as usize)
    }

    /// The part of the body that came with the control block.
    fn preread(&self) -> Vec<u8> {
        // SAFETY: the session has not ended: the control block lives.
        let block = unsafe { &*self.control() };
        if block.cbAvailable == 0 {
            return Vec::new();
        }
        // SAFETY: the block says how many bytes there are.
        unsafe { std::slice::from_raw_parts(block.lpbData, block.cbAvailable as usize) }.to_vec()
    }

    pub(crate) fn field(&self, name: &str) -> String {
        // SAFETY: a script names fields before the end of its session: the control block lives.
        let block = unsafe { &*self.control() };
        let value = match name {
            "address" => format!("{:p}", self.control()),
            "cbAvailable" => block.cbAvailable.to_string(),
            "cbSize" => block.cbSize.to_string(),
            "cbTotalBytes" => block.cbTotalBytes.to_string(),
            "ConnID" => format!("{:p}", block.ConnID),
            "dwHttpStatusCode" => block.dwHttpStatusCode.to_string(),
            "dwVersion" => format!("{:#010x}", block.dwVersion),
            "lpbData" => describe(&self.preread()),
            "lpbData_terminator" => {
                // SAFETY: the data is followed by a NUL, which is what is looked at.
                unsafe { block.lpbData.add(block.cbAvailable as usize).read() }.to_string()
            }
            "lpszContentType" => string(block.lpszContentType),
            "lpszLogData" => string(block.lpszLogData.as_ptr()),
            "lpszMethod" => string(block.lpszMethod),
            "lpszPathInfo" => string(block.lpszPathInfo),
            "lpszPathTranslated" => string(block.lpszPathTranslated),
            "lpszQueryString" => string(block.lpszQueryString),
            other => panic!("there is no field {other:?}"),
        };
        format!("{name} {value}")
    }

    pub(crate) fn scribble(&self) -> Option<String> {
        // SAFETY: the session has not ended; strings may be written up to their NUL, the data up
        // to its length.
        unsafe {
            let block = &*self.control();
            for text in [block.lpszMethod, block.lpszContentType, block.lpszPathInfo] {
                let length = CStr::from_ptr(text).to_bytes().len();
                text.write_bytes(b'#', length);
            }
            if block.cbAvailable > 0 {
                block.lpbData.write_bytes(b'#', block.cbAvailable as usize);
            }
        }
        None
    }

    pub(crate) fn set_http_status(&self, status: u32) -> Option<String> {
        // SAFETY: the session has not ended.
        unsafe { (*self.control()).dwHttpStatusCode = status };
        None
    }

    pub(crate) fn set_log_data(&self, text: &[u8]) -> Option<String> {
        let mut data = [0; HSE_LOG_BUFFER_LEN];
        for (to, from) in data.iter_mut().zip(text) {
            *to = c_char::from_ne_bytes([*from]);
        }
        // SAFETY: the session has not ended.
        unsafe { (*self.control()).lpszLogData = data };
        None
    }

    pub(crate) fn choose_conn(&self, which: &str) -> Option<String> {
        let own = self.own_conn();
        let chosen = match which {
            "forged" => own.map_addr(|address| address ^ 0x1000),
            "null" => ptr::null_mut(),
            "own" => own,
            "publish" => {
                let mut conns = lock(&CONNS);
                conns
                    .get_or_insert_default()
                    .insert(self.journal.clone(), own.addr());
                return None;
            }
            other => {
                let conns = lock(&CONNS);
                let address = conns.as_ref().and_then(|conns| conns.get(other)).copied();
                own.with_addr(address.expect("the other script has published its ConnID"))
            }
        };
        self.conn.store(chosen, Ordering::SeqCst);
        None
    }

    pub(crate) fn wait(&self, line: &str) -> Option<String> {
        let lines = journal::wait(&self.journal, line);
        let last = lines.last().filter(|last| last.starts_with('('));
        last.cloned()
    }

    pub(crate) fn dump(&self, lines: &[String]) -> Option<String> {
        let text = lines.join("\n");
        let head = format!(
            "Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        self.header(b"200 OK", head.as_bytes(), None, Some(1));
        self.write("dump", text.as_bytes(), HSE_IO_SYNC);
        None
    }

    pub(crate) fn open(&self, path: &str) -> Option<String> {
        let file = open(path).expect("the test made it");
        *lock(&self.file) = Some(file);
        None
    }

    pub(crate) fn read_file(&self, length: u32) -> String {
        let mut data = vec![0; length as usize];
        self.with_file(|file| file.read_exact(&mut data));
        format!("read_file {}", describe(&data))
    }

    pub(crate) fn with_file<T>(&self, action: impl FnOnce(&mut File) -> io::Result<T>) -> T {
        let mut file = lock(&self.file);
        let file = file.as_mut().expect("the script has opened a file");
        action(file).expect("the file can be used")
    }
}

/// `NAME TRUE DETAIL`, or `NAME FALSE CODE` with the last error of this thread.
pub(crate) fn outcome(name: &str, ok: BOOL, detail: &str) -> String {
    if ok == FALSE {
        return format!("{name} FALSE {}", last_error());
    }
    format!("{name} TRUE {detail}").trim_end().to_owned()
}

/// The calling thread's `GetLastError`: `errno` where there is no Windows.
pub(crate) fn last_error() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// A string with its NUL, the way C code makes one: what follows a NUL inside is there, but unseen
/// by who looks for the end. `NULL` is a null pointer.
pub(crate) fn c_string(text: &[u8]) -> Option<Vec<u8>> {
    (text != b"NULL").then(|| [text, b"\0"].concat())
}

pub(crate) fn pointer(text: &Option<Vec<u8>>) -> LPCSTR {
    text.as_ref()
        .map_or(ptr::null(), |text| text.as_ptr().cast())
}

/// The length without the NUL.
pub(crate) fn count(text: &Option<Vec<u8>>) -> DWORD {
    let length = text.as_ref().map_or(0, |text| text.len() - 1);
    DWORD::try_from(length).expect("a test's text is small")
}

fn string(text: LPCSTR) -> String {
    if text.is_null() {
        return "NULL".to_owned();
    }
    // SAFETY: a string of the control block ends with a NUL.
    let text = unsafe { CStr::from_ptr(text) };
    format!("{:?}", CString::from(text))
}

/// The run a callback's context names.
///
/// # Safety
///
/// `context` was made from a `&'static Run`.
pub(crate) unsafe fn run_of(context: PVOID) -> &'static Run {
    // SAFETY: the caller's promise.
    unsafe { &*context.cast::<Run>() }
}

/// Opens a file, or a directory as if it were one.
#[cfg(not(windows))]
fn open(path: &str) -> io::Result<File> {
    File::open(path)
}

/// Opens a file, or a directory as if it were one.
#[cfg(windows)]
fn open(path: &str) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;

    /// `FILE_FLAG_BACKUP_SEMANTICS` of winbase.h, without which directories are refused.
    const BACKUP_SEMANTICS: u32 = 0x0200_0000;

    File::options()
        .read(true)
        .custom_flags(BACKUP_SEMANTICS)
        .open(path)
}
