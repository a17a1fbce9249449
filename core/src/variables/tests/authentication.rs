use super::{head, head_with, headers, value};
use crate::request_head::{RequestHead, User};

/// `aladdin:opensesame`
const ALADDIN: &str = "Basic YWxhZGRpbjpvcGVuc2VzYW1l";

/// AUTH_TYPE, AUTH_USER and AUTH_PASSWORD.
fn claim(head: &RequestHead) -> [String; 3] {
    ["AUTH_TYPE", "AUTH_USER", "AUTH_PASSWORD"].map(|name| value(head, name).unwrap())
}

fn with_user(name: &str, auth_type: &str, authorization: &str) -> RequestHead {
    head(|parts| {
        parts.headers = headers(&[("host", "h"), ("authorization", authorization)]);
        parts.user = Some(User {
            name: name.into(),
            auth_type: auth_type.into(),
        });
    })
}

#[test]
fn a_user_in_the_request_is_a_claim_and_nobody_until_checked() {
    let head = head_with(&[("authorization", ALADDIN), ("remote-user", "root")]);
    assert_eq!(claim(&head), ["Basic", "aladdin", "opensesame"]);
    for name in ["REMOTE_USER", "UNMAPPED_REMOTE_USER", "LOGON_USER"] {
        assert_eq!(value(&head, name).as_deref(), Ok(""), "{name}");
    }
}

#[test]
fn a_user_somebody_vouched_for_is_in_every_variable() {
    let head = with_user("EXAMPLE\\jo", "Negotiate", "Negotiate YII=");
    for name in [
        "REMOTE_USER",
        "UNMAPPED_REMOTE_USER",
        "LOGON_USER",
        "AUTH_USER",
    ] {
        assert_eq!(value(&head, name).as_deref(), Ok("EXAMPLE\\jo"), "{name}");
    }
    assert_eq!(value(&head, "AUTH_TYPE").as_deref(), Ok("Negotiate"));
    assert_eq!(value(&head, "AUTH_PASSWORD").as_deref(), Ok(""));
}

#[test]
fn a_password_stands_beside_its_own_user_only() {
    let same = with_user("aladdin", "Basic", ALADDIN);
    assert_eq!(claim(&same), ["Basic", "aladdin", "opensesame"]);
    let another = with_user("jafar", "Basic", ALADDIN);
    assert_eq!(claim(&another), ["Basic", "jafar", ""]);
}

#[test]
fn the_scheme_of_a_claim_has_its_usual_spelling() {
    let rows = [
        ("bAsIc YWxhZGRpbjpvcGVuc2VzYW1l", "Basic", "aladdin"),
        ("negotiate YII=", "Negotiate", ""),
        ("ntlm TlRM", "NTLM", ""),
        ("DIGEST username=\"a\"", "Digest", ""),
        ("Bearer a.b", "Bearer", ""),
        ("x-Own something", "x-Own", ""),
        ("Negotiate", "Negotiate", ""),
        ("Basic  YWxhZGRpbjpvcGVuc2VzYW1l ", "Basic", "aladdin"),
    ];
    for (field, scheme, user) in rows {
        let [claimed_scheme, claimed_user, _] = claim(&head_with(&[("authorization", field)]));
        assert_eq!(
            (claimed_scheme.as_str(), claimed_user.as_str()),
            (scheme, user),
            "{field}"
        );
    }
}

#[test]
fn a_basic_claim_that_cannot_be_read_names_nobody() {
    for rest in [
        "",
        " ",
        " YWxhZGRpbg==",
        " YWxhZGRpbjpv*",
        " cm9vdAA6eA==",
        " YTpi YTpi",
    ] {
        let head = head_with(&[("authorization", &format!("Basic{rest}"))]);
        assert_eq!(claim(&head), ["Basic", "", ""], "{rest:?}");
    }
}

#[test]
fn no_claim_two_claims_and_no_scheme_are_empty() {
    for fields in [
        vec![],
        vec![("authorization", "")],
        vec![("authorization", "=?")],
        vec![("authorization", ALADDIN), ("authorization", ALADDIN)],
    ] {
        assert_eq!(claim(&head_with(&fields)), ["", "", ""], "{fields:?}");
    }
}
