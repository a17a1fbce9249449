use crate::url_path::UrlPath;

/// What the client sent and what it means.
const PATHS: &[(&str, &str)] = &[
    ("/", "/"),
    ("/hello.dll", "/hello.dll"),
    ("/hello.dll/", "/hello.dll/"),
    ("/Hello.DLL/Extra/Path", "/Hello.DLL/Extra/Path"),
    ("//", "/"),
    ("//server/share", "/server/share"),
    ("/a//b///c", "/a/b/c"),
    ("/a/b//", "/a/b/"),
    ("/.", "/"),
    ("/./", "/"),
    ("/a/.", "/a/"),
    ("/a/./b", "/a/b"),
    ("/a/..", "/"),
    ("/a/../", "/"),
    ("/a/../b", "/b"),
    ("/a/b/..", "/a/"),
    ("/a/b/../", "/a/"),
    ("/a/b/../../c", "/c"),
    ("/a//../b", "/b"),
    ("/a/%2e%2e/b", "/b"),
    ("/a/.%2E/b", "/b"),
    ("/a/%2e/b", "/a/b"),
    ("/a%2Fb", "/a/b"),
    ("/a%2f..%2fb", "/b"),
    ("/a%20b", "/a b"),
    ("/a b", "/a b"),
    ("/caf%C3%A9", "/café"),
    ("/café", "/café"),
    ("/%E6%97%A5%E6%9C%AC", "/日本"),
    ("/%F0%9F%98%80", "/😀"),
    ("/100%25", "/100%"),
    ("/100%25/x", "/100%/x"),
    ("/50%25%20off", "/50% off"),
    ("/%25u12", "/%u12"),
    ("/a+b", "/a+b"),
    ("/a;b=c", "/a;b=c"),
    ("/a;..b", "/a;..b"),
    ("/a=b&c,d", "/a=b&c,d"),
    ("/@!$'()[]", "/@!$'()[]"),
    ("/.well-known/x", "/.well-known/x"),
    ("/..a", "/..a"),
    ("/...a", "/...a"),
    ("/a..b", "/a..b"),
    ("/%20a", "/ a"),
    ("/~user/x", "/~user/x"),
    ("/file.txt~", "/file.txt~"),
    ("/a~b1", "/a~b1"),
    ("/console", "/console"),
    ("/con1", "/con1"),
    ("/com", "/com"),
    ("/com10", "/com10"),
    ("/lpt", "/lpt"),
    ("/auxiliary.txt", "/auxiliary.txt"),
    ("/x.con", "/x.con"),
    ("/null", "/null"),
    ("/%41", "/A"),
    ("/a%c2%a0", "/a\u{a0}"),
];

#[test]
fn ordinary_paths_are_decoded_once_and_normalised() {
    for (raw, decoded) in PATHS {
        let path = UrlPath::parse(*raw).unwrap_or_else(|error| panic!("{raw}: {error}"));
        assert_eq!(path.decoded(), *decoded, "{raw}");
        assert_eq!(path.raw(), *raw);
    }
}

#[test]
fn segments_are_the_names_between_slashes() {
    let path = UrlPath::parse("//scripts/./hello.dll//extra/").unwrap();
    assert_eq!(
        path.segments().collect::<Vec<_>>(),
        ["scripts", "hello.dll", "extra"]
    );
    assert_eq!(UrlPath::parse("/").unwrap().segments().count(), 0);
}
