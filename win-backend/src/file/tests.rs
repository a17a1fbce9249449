use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, AsRawSocket};
use std::ptr;

use isapi_bridge::FileSlice;
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OVERLAPPED};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetCurrentThread};

use super::*;
use crate::test_file::TestFile;

fn duplicate(handle: HANDLE) -> Result<HandleFile, Win32Error> {
    // SAFETY: the tests pass handles that stay open meanwhile, or values that are none.
    let file = unsafe { OpenFile::duplicate(handle) }?;
    Ok(HandleFile {
        file: Arc::new(file),
    })
}

#[track_caller]
fn refused(handle: HANDLE) -> Win32Error {
    // SAFETY: as above.
    unsafe { HandleFile::duplicate(handle) }.unwrap_err()
}

#[test]
fn a_file_is_read_by_position() {
    let path = TestFile::with(b"0123456789");
    let file = duplicate(path.open().as_raw_handle()).unwrap();
    let mut buffer = [0; 4];
    assert_eq!(file.len().unwrap(), 10);
    assert_eq!(file.read_at(3, &mut buffer).unwrap(), 4);
    assert_eq!(&buffer, b"3456");
    assert_eq!(file.read_at(8, &mut buffer).unwrap(), 2);
    assert_eq!(&buffer[..2], b"89");
    assert_eq!(file.read_at(10, &mut buffer).unwrap(), 0);
    assert_eq!(file.read_at(1 << 40, &mut buffer).unwrap(), 0);
}

#[test]
fn a_file_beyond_four_gibibytes_is_read_there() {
    const OFFSET: u64 = 5 << 30;
    let path = TestFile::with(b"begin");
    let mut file = path.write();
    file.seek(SeekFrom::Start(OFFSET)).unwrap();
    file.write_all(b"beyond").unwrap();
    let file = duplicate(path.open().as_raw_handle()).unwrap();
    let mut buffer = [0; 16];
    assert_eq!(file.len().unwrap(), OFFSET + 6);
    assert_eq!(file.read_at(OFFSET, &mut buffer).unwrap(), 6);
    assert_eq!(&buffer[..6], b"beyond");
}

#[test]
fn the_handle_of_our_own_outlives_the_extensions() {
    let path = TestFile::with(b"0123456789");
    let opens: [fn(&TestFile) -> File; 3] = [
        TestFile::open,
        |path| path.open_with(FILE_FLAG_OVERLAPPED),
        TestFile::open_exclusively,
    ];
    for open in opens {
        let original = open(&path);
        let file = duplicate(original.as_raw_handle()).unwrap();
        drop(original);
        let mut buffer = [0; 10];
        assert_eq!(file.read_at(0, &mut buffer).unwrap(), 10);
        assert_eq!(&buffer, b"0123456789");
    }
}

#[test]
fn the_extensions_file_position_stays() {
    let path = TestFile::with(b"0123456789");
    // One is opened anew, the other can only be duplicated.
    let opens: [(fn(&TestFile) -> File, bool); 2] =
        [(TestFile::open, true), (TestFile::open_exclusively, false)];
    for (open, is_own) in opens {
        let mut original = open(&path);
        original.read_exact(&mut [0; 3]).unwrap();
        let file = duplicate(original.as_raw_handle()).unwrap();
        assert_eq!(file.file.has_own_position(), is_own);
        assert_eq!(file.read_at(5, &mut [0; 2]).unwrap(), 2);
        assert_eq!(original.stream_position().unwrap(), 3);
        let mut next = [0; 1];
        original.read_exact(&mut next).unwrap();
        assert_eq!(&next, b"3");
    }
}

#[test]
fn a_file_whose_position_is_shared_is_read_and_not_sent() {
    let (path, _) = TestFile::filled(100_000);
    let original = path.open_exclusively();
    let file = duplicate(original.as_raw_handle()).unwrap();
    assert!(file.map(0, 100_000).is_none());
}

#[test]
fn what_is_no_file_is_refused() {
    let values = [0, 3, 0x1234_5678, usize::MAX - 100, 1 << 40];
    for value in values {
        let handle = ptr::without_provenance_mut(value);
        assert_eq!(refused(handle), Win32Error::INVALID_HANDLE, "{value:#x}");
    }
    // SAFETY: both answer constants.
    let pseudo_handles = unsafe { [GetCurrentProcess(), GetCurrentThread()] };
    for handle in pseudo_handles {
        assert_eq!(refused(handle), Win32Error::INVALID_HANDLE, "{handle:?}");
    }
    let event = crate::event::Event::new().unwrap();
    assert_eq!(refused(event.handle()), Win32Error::INVALID_HANDLE);
}

#[test]
fn a_handle_that_was_closed_is_refused() {
    let path = TestFile::with(b"0123456789");
    let file = path.open();
    let handle = file.as_raw_handle();
    drop(file);
    // Another test may have been given the value meanwhile; then it is one of a file, or of none.
    // SAFETY: as for `duplicate` above; the caller of this test has nothing to protect.
    match unsafe { HandleFile::duplicate(handle) } {
        Ok(_) | Err(Win32Error::INVALID_PARAMETER) => {}
        Err(error) => assert_eq!(error, Win32Error::INVALID_HANDLE),
    }
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let directory = File::options()
        .read(true)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
        .open(std::env::temp_dir())
        .unwrap();
    let (reader, _writer) = io::pipe().unwrap();
    let console = File::open("NUL").unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = usize::try_from(socket.as_raw_socket()).unwrap();
    for handle in [
        directory.as_raw_handle(),
        reader.as_raw_handle(),
        console.as_raw_handle(),
        ptr::without_provenance_mut(socket),
    ] {
        assert_eq!(refused(handle), Win32Error::INVALID_PARAMETER, "{handle:?}");
    }
}

#[test]
fn a_file_that_is_not_open_for_reading_cannot_be_sent() {
    let path = TestFile::with(b"0123456789");
    let file = path.write();
    assert_eq!(refused(file.as_raw_handle()), Win32Error::INVALID_PARAMETER);
}

#[test]
fn addresses_stand_for_the_range_and_for_nothing_once_they_are_gone() {
    let (path, _) = TestFile::filled(200_000);
    let file = duplicate(path.open().as_raw_handle()).unwrap();
    let mut whole = file.addresses(1000, 150_000).unwrap();
    let begin = whole.split_to(100);
    assert_eq!(FileSlice::find(&begin).unwrap().offset(), 1000);
    assert_eq!(FileSlice::find(&whole).unwrap().offset(), 1100);
    assert!(file.addresses(100_000, 100_001).is_none());
    assert!(file.addresses(u64::MAX, 2).is_none());
    assert!(file.addresses(0, 0).is_none());
}

#[test]
fn a_file_that_is_being_sent_can_be_truncated_and_deleted() {
    let (path, _) = TestFile::filled(200_000);
    let file = duplicate(path.open().as_raw_handle()).unwrap();
    let addresses = file.addresses(0, 200_000).unwrap();
    path.write().set_len(10).unwrap();
    assert_eq!(file.len().unwrap(), 10);
    path.delete();
    assert_eq!(file.read_at(0, &mut [0; 20]).unwrap(), 10);
    drop(addresses);
}
