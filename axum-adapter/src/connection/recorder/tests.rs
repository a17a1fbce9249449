use super::*;

/// One request: its bytes, its method and target, the fields that are to be found.
struct Sample {
    bytes: &'static str,
    method: &'static str,
    target: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

/// Everything that a request may bring, one behind the other as on one connection.
const SAMPLES: [Sample; 7] = [
    Sample {
        bytes: "GET /a?b=%20c HTTP/1.1\r\nhOST: a\r\nX-b:  two \r\nAccept: 1\r\nx-B: three\r\n\r\n",
        method: "GET",
        target: "/a?b=%20c",
        fields: &[
            ("hOST", "a"),
            ("X-b", "two"),
            ("Accept", "1"),
            ("x-B", "three"),
        ],
    },
    Sample {
        bytes: "POST /b HTTP/1.1\r\nHost: a\r\ncontent-LENGTH: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        method: "POST",
        target: "/b",
        fields: &[("Host", "a"), ("content-LENGTH", "18")],
    },
    Sample {
        bytes: "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, Chunked\r\nExpect: 100-continue\r\n\r\n\
                5;name=\"v\"\r\nhello\r\n00A \r\n\r\n\r\n0\r\n5\r\n\r\n0\r\nTrailer: 1\r\n\r\n",
        method: "PUT",
        target: "/c",
        fields: &[
            ("Host", "a"),
            ("Transfer-Encoding", "gzip, Chunked"),
            ("Expect", "100-continue"),
        ],
    },
    Sample {
        bytes: "\r\n\r\nGET http://b:81/d HTTP/1.1\r\nHost: a\r\nEmpty:\r\n\r\n",
        method: "GET",
        target: "http://b:81/d",
        fields: &[("Host", "a"), ("Empty", "")],
    },
    Sample {
        bytes: "OPTIONS * HTTP/1.1\nHost: a\n\n",
        method: "OPTIONS",
        target: "*",
        fields: &[("Host", "a")],
    },
    Sample {
        bytes: "POST /e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        method: "POST",
        target: "/e",
        fields: &[("Host", "a"), ("Transfer-Encoding", "chunked")],
    },
    Sample {
        bytes: "GET / HTTP/1.0\r\n\r\n",
        method: "GET",
        target: "/",
        fields: &[],
    },
];

const MAX_HEAD: usize = 64 * 1024;

fn all_bytes() -> Vec<u8> {
    SAMPLES
        .iter()
        .flat_map(|sample| sample.bytes.bytes())
        .collect()
}

fn take(recorder: &mut Recorder, method: &str, target: &str) -> Option<Vec<(String, String)>> {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let taken = recorder.take(&method, &target.parse().unwrap())?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let fields = taken.iter().map(|(name, value)| (text(name), text(value)));
    Some(fields.collect())
}

fn assert_all_samples(recorder: &mut Recorder, how: &str) {
    for sample in &SAMPLES {
        let taken = take(recorder, sample.method, sample.target);
        let expected = sample
            .fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(taken, Some(expected), "{how}, {}", sample.target);
    }
}

#[test]
fn every_pair_of_places_may_split_the_bytes() {
    let bytes = all_bytes();
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let mut recorder = Recorder::new(MAX_HEAD);
            recorder.record(&bytes[..first]);
            recorder.record(&bytes[first..second]);
            recorder.record(&bytes[second..]);
            assert_all_samples(&mut recorder, &format!("split at {first} and {second}"));
        }
    }
}

#[test]
fn parts_may_be_of_any_size() {
    let bytes = all_bytes();
    for size in 1..=bytes.len() {
        let mut recorder = Recorder::new(MAX_HEAD);
        for part in bytes.chunks(size) {
            recorder.record(part);
        }
        assert_all_samples(&mut recorder, &format!("parts of {size}"));
    }
}

#[test]
fn a_head_is_given_out_as_soon_as_it_is_whole() {
    let mut recorder = Recorder::new(MAX_HEAD);
    for sample in &SAMPLES {
        recorder.record(sample.bytes.as_bytes());
        assert!(take(&mut recorder, sample.method, sample.target).is_some());
    }
}

#[test]
fn a_request_that_is_not_the_recorded_one_ends_the_recording() {
    for (method, target) in [("POST", "/"), ("GET", "/b"), ("GET", "/?")] {
        let mut recorder = Recorder::new(MAX_HEAD);
        recorder.record(b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
        assert_eq!(take(&mut recorder, method, target), None);
        recorder.record(b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(take(&mut recorder, "GET", "/"), None, "{method} {target}");
    }
}

#[test]
fn what_is_not_understood_ends_the_recording() {
    for bytes in [
        "CONNECT a:1 HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n11112222333344445\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0;a\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0;a\rb\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\rc\r\n",
    ] {
        let mut recorder = Recorder::new(MAX_HEAD);
        recorder.record(bytes.as_bytes());
        assert!(matches!(recorder.state, State::Lost), "{bytes}");
        recorder.record(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n");
        assert!(recorder.heads.len() <= 1, "{bytes}");
    }
}

/// hyper takes the line breaks alone for part of the trailer, which ends behind the forged head.
#[test]
fn no_head_is_found_in_a_trailer() {
    let mut recorder = Recorder::new(MAX_HEAD);
    recorder.record(
        b"POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          0\r\nA: b\n\nGET /api HTTP/1.1\r\nX-a: fake\r\n\r\n\
          GET /api HTTP/1.1\r\nX-A: real\r\n\r\n",
    );
    assert!(take(&mut recorder, "POST", "/api").is_some());
    assert_eq!(take(&mut recorder, "GET", "/api"), None);
}

#[test]
fn the_heads_of_before_are_still_good_behind_something_odd() {
    let mut recorder = Recorder::new(MAX_HEAD);
    recorder.record(b"GET / HTTP/1.1\r\n\r\nCONNECT a:1 HTTP/1.1\r\n\r\n\x16\x03\x01");
    assert_eq!(take(&mut recorder, "GET", "/"), Some(Vec::new()));
}

#[test]
fn no_more_is_kept_than_a_head_may_have() {
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100));
    let mut recorder = Recorder::new(100);
    recorder.record(long.as_bytes());
    assert_eq!((recorder.heads.len(), recorder.kept), (0, 0));

    let mut recorder = Recorder::new(100);
    for _ in 0..50 {
        recorder.record(b"GET /123456789 HTTP/1.1");
    }
    assert!(matches!(recorder.state, State::Lost));

    let mut recorder = Recorder::new(100);
    recorder.record("GET / HTTP/1.1\r\n\r\n".repeat(50).as_bytes());
    assert!(recorder.kept <= 100);
    assert_eq!(take(&mut recorder, "GET", "/"), Some(Vec::new()));
}

#[test]
fn line_breaks_without_end_are_not_kept() {
    let mut recorder = Recorder::new(100);
    for _ in 0..1000 {
        recorder.record(b"\r");
        recorder.record(b"\n");
    }
    recorder.record(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(take(&mut recorder, "GET", "/"), Some(Vec::new()));
}
