//! `HSE_REQ_VECTOR_SEND`: its elements of files.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use isapi_test_support::{Build, Script, TempDir, TestServer, conformance, fill};

conformance! {
    tests: [
        parts_of_files_are_sent,
        a_file_of_no_size_is_sent_to_its_end,
        large_files_come_whole,
        a_part_behind_4_gib_is_sent,
        what_lies_behind_the_end_is_refused,
        the_file_stays_open_and_its_position_untouched,
    ],
}

const HEAD: &str = "header 1|200 OK|A: b\r\n\r\n";

/// A file with ten digits; the folder must outlive it.
fn digits() -> (TempDir, String) {
    let directory = TempDir::new();
    let path = directory.file("digits.txt", "0123456789");
    let open = format!("open {}", path.display());
    (directory, open)
}

fn parts_of_files_are_sent(build: Build) {
    let (_directory, open) = digits();
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        &open,
        "io_completion",
        HEAD,
        "vector flags=1|memory=<|file=2,3|memory=-|file=9,1|memory=>",
        "vector flags=2|file=0,1|memory=.|file=5,5",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "<234-9>0.56789");
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_line("vector TRUE");
    journal.expect_completion(1, &["7 0", "done TRUE", "end"]);
}

fn a_file_of_no_size_is_sent_to_its_end(build: Build) {
    let (_directory, open) = digits();
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[&open, HEAD, "vector flags=1|file=0,0|memory=,|file=7,0"]);
    script.get(&server).expect(200, "0123456789,789");
}

fn large_files_come_whole(build: Build) {
    const LENGTH: usize = 3 * 1024 * 1024 + 7;
    let directory = TempDir::new();
    let path = directory.file("large.bin", fill(LENGTH));
    let server = TestServer::for_scripts(build);
    for flags in [1, 2] {
        let script = Script::new(&[
            &format!("open {}", path.display()),
            "io_completion",
            HEAD,
            &format!("vector flags={flags}|memory=begin|file=0,0|memory=end"),
            if flags == 1 { "return 1" } else { "return 3" },
            "[completion]",
            "done",
        ]);
        let expected = [b"begin", fill(LENGTH).as_slice(), b"end"].concat();
        script.get(&server).expect(200, expected);
    }
}

/// The only way in ISAPI to send it.
fn a_part_behind_4_gib_is_sent(build: Build) {
    const OFFSET: u64 = 4 * 1024 * 1024 * 1024 + 5;
    let directory = TempDir::new();
    let path = directory.path().join("sparse.bin");
    let mut file = File::create(&path).expect("a file can be made");
    file.seek(SeekFrom::Start(OFFSET))
        .expect("a hole is no byte");
    file.write_all(b"far away").expect("a few bytes fit");
    drop(file);
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        &format!("open {}", path.display()),
        HEAD,
        &format!("vector flags=1|file={OFFSET},3"),
        &format!("vector flags=1|file={},0", OFFSET + 3),
    ]);
    script.get(&server).expect(200, "far away");
}

fn what_lies_behind_the_end_is_refused(build: Build) {
    let (_directory, open) = digits();
    let server = TestServer::for_scripts(build);
    for (element, code) in [
        ("file=11,0", 10022),
        ("file=11,1", 10022),
        ("file=18446744073709551615,1", 10022),
        ("file=5,6", 87),
        ("file=1,18446744073709551615", 87),
    ] {
        let script = Script::new(&[
            &open,
            "header 1|200 OK|Content-Length: 2\r\n\r\n",
            &format!("vector flags=1|memory=no|{element}"),
            "write ok",
        ]);
        script.get(&server).expect(200, "ok");
        script.finished(&server).expect(&[
            "header TRUE",
            &format!("vector FALSE {code}"),
            "write TRUE 2",
        ]);
    }
}

fn the_file_stays_open_and_its_position_untouched(build: Build) {
    let (_directory, open) = digits();
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        &open,
        "seek 4",
        HEAD,
        "vector flags=1|file=0,2",
        "position",
        "read_file 3",
    ]);
    script.get(&server).expect(200, "01");
    script
        .finished(&server)
        .expect_line("position 4")
        .expect_line("read_file 456");
}
