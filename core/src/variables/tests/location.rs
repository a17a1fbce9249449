use super::{head, value};
use crate::request_head::ConnectionInfo;

#[test]
fn the_application_is_named_below_the_site() {
    for (application, expected) in [
        ("", "/LM/W3SVC/1/ROOT"),
        ("/shop/old", "/LM/W3SVC/1/ROOT/shop/old"),
    ] {
        let head = head(|parts| parts.script.application = application.into());
        assert_eq!(value(&head, "APPL_MD_PATH").as_deref(), Ok(expected));
    }
}

#[test]
fn only_a_windows_path_gets_the_form_without_a_limit() {
    let rows = [
        ("", ""),
        ("/srv/a.so", "/srv/a.so"),
        (r"C:\site\a.dll", r"\\?\C:\site\a.dll"),
        ("c:/site/a.dll", r"\\?\c:\site\a.dll"),
        (r"\\server\share\a.dll", r"\\?\UNC\server\share\a.dll"),
        (r"\\?\C:\site\a.dll", r"\\?\C:\site\a.dll"),
        (r"\\.\pipe\a", r"\\.\pipe\a"),
        ("c:a.dll", "c:a.dll"),
        ("1:/a", "1:/a"),
    ];
    for (path, expected) in rows {
        let head = head(|parts| parts.script.script_filename = path.into());
        assert_eq!(value(&head, "SCRIPT_TRANSLATED").as_deref(), Ok(expected));
        for name in ["SCRIPT_FILENAME", "REQUEST_FILENAME"] {
            assert_eq!(value(&head, name).as_deref(), Ok(path), "{name}");
        }
    }
}

#[test]
fn two_spellings_of_a_url_have_one_name_in_a_cache() {
    let name = |target: &str, host: &str| {
        let head = head(|parts| {
            parts.target = target.into();
            parts.script.url = "/scripts/a b.dll".into();
            parts.headers.insert("host", host.parse().unwrap());
        });
        value(&head, "CACHE_URL").unwrap()
    };
    let expected = "http://198.51.100.1:8080:host:8080/scripts/a b.dll?q=%41";
    assert_eq!(name("/scripts/a%20b.dll?q=%41", "host:8080"), expected);
    assert_eq!(name("/x/../scripts/a%20b.dll?q=%41", "HOST"), expected);
    assert_ne!(name("/scripts/a%20b.dll?q=A", "host"), expected);
    assert_ne!(name("/scripts/a%20b.dll", "host"), expected);
}

#[test]
fn what_a_cache_name_is_made_of_tells_servers_apart() {
    let name = |local: Option<&str>, secure| {
        let head = head(|parts| {
            parts.script.url = "/a".into();
            parts.target = "/a".into();
            parts.connection = ConnectionInfo {
                local: local.map(|local| local.parse().unwrap()),
                secure,
                ..ConnectionInfo::default()
            };
        });
        value(&head, "CACHE_URL").unwrap()
    };
    let host = "www.example.com";
    assert_eq!(
        name(Some("[2001:db8::1]:443"), true),
        format!("https://[2001:db8::1]:443:{host}:443/a")
    );
    assert_eq!(
        name(Some("[::ffff:192.0.2.1]:80"), false),
        format!("http://192.0.2.1:80:{host}:80/a")
    );
    assert_eq!(name(None, false), format!("http://:8080:{host}:8080/a"));
}
