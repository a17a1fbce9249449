//! Child requests.

mod common;

use isapi_sdk::abi::HSE_STATUS_SUCCESS;
use isapi_sdk::testing::ChildResponse;
use isapi_sdk::{AsyncRequest, ExecUrl, Finish, Win32Error};

/// Everything that can be said about a child.
fn everything() -> ExecUrl {
    ExecUrl::new("/grün/child.dll?a=1")
        .method("PURGE")
        .headers(&[("Host", "h"), ("X-A", "1: 2")])
        .user("Jörg", "Basic")
        .entity(vec![0, 1, 2])
        .no_headers()
        .ignore_current_interceptor()
        .ignore_validation_and_range()
        .disable_custom_error()
}

/// Executes the child and appends how it ended to what it sent.
fn execute(request: AsyncRequest, child: ExecUrl) {
    let sent = child.clone();
    let started = request.exec_url(child, move |request, completion, child| {
        assert_eq!(child, sent);
        let status = request.exec_url_status();
        let text = format!("; {:?} {status:?}", completion.result());
        request.write_sync(text.as_bytes()).unwrap();
        request.finish(Finish::Success);
    });
    assert!(started.is_ok());
}

#[test]
fn what_is_said_of_a_child_arrives() {
    let host = working_on!(|request| execute(request, everything()));
    let exchange = host
        .get("/")
        .children(|child| {
            assert_eq!(*child, everything());
            ChildResponse::new("200 OK", "told")
        })
        .start()
        .finish();
    assert!(exchange.body_text().starts_with("told; Ok(4)"));
}

#[test]
fn what_is_not_said_is_left_to_the_host() {
    let host = working_on!(|request| execute(request, ExecUrl::same_url()));
    let exchange = host
        .get("/")
        .children(|child| {
            assert_eq!(*child, ExecUrl::default());
            ChildResponse::new("200 OK", "")
        })
        .start()
        .finish();
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
}

#[test]
fn an_empty_text_is_not_a_missing_one() {
    let host = working_on!(|request| {
        let child = ExecUrl::same_url().headers(&[]).entity([]);
        execute(request, child.user("", ""));
    });
    let exchange = host
        .get("/")
        .children(|child| {
            assert_eq!(child.headers.as_deref(), Some(&[][..]));
            assert_eq!(child.entity.as_deref(), Some(&[][..]));
            assert!(child.user.is_some());
            ChildResponse::new("200 OK", "")
        })
        .start()
        .finish();
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
}

#[test]
fn a_child_that_is_no_request_is_refused() {
    let host = working_on!(|request| {
        let mut request = request;
        for child in [
            ExecUrl::new(""),
            ExecUrl::new("relative"),
            ExecUrl::new("http://example.org/"),
            ExecUrl::new("/../above"),
            ExecUrl::new("/a\r\nX-A: 1"),
            ExecUrl::new("/%zz"),
            ExecUrl::new("/a#b"),
            ExecUrl::same_url().method(""),
            ExecUrl::same_url().method("GET POST"),
            ExecUrl::same_url().headers(&[("X(A)", "1")]),
            ExecUrl::same_url().user("a\nb", "Basic"),
        ] {
            let started = request.exec_url(child.clone(), |_, _, _| panic!("it was started"));
            let refused = started.expect_err(&format!("{child:?}"));
            assert_eq!(refused.error, Win32Error::INVALID_PARAMETER, "{child:?}");
            request = refused.request;
        }
        request.finish(Finish::Success);
    });
    let exchange = host.get("/").start();
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS), "a check failed");
}

#[test]
fn the_childs_response_is_sent_when_it_is_over() {
    let host = working_on!(|request| execute(request, ExecUrl::new("/child")));
    let exchange = host
        .get("/")
        .children(|_child| ChildResponse {
            sub_status: 3,
            error: Some(Win32Error::FILE_NOT_FOUND),
            ..ChildResponse::new("404 Not Found", "gone").header("X-Child", "1")
        })
        .start();
    assert!(exchange.is_pending());
    assert_eq!(exchange.status(), None);

    let exchange = exchange.finish();
    assert_eq!(exchange.status().as_deref(), Some("404 Not Found"));
    assert_eq!(exchange.header("x-child").as_deref(), Some("1"));
    assert_eq!(
        exchange.body_text(),
        "gone; Ok(4) Ok(ChildStatus { status: 404, sub_status: 3, error: Some(Win32Error(2)) })"
    );
}

#[test]
fn a_child_sends_no_head_after_one_was_sent_or_where_it_may_not() {
    let after_a_head = working_on!(|request| {
        request.send_header("200 OK", &[]).unwrap();
        execute(request, ExecUrl::new("/child"));
    });
    let without_headers =
        working_on!(|request| execute(request, ExecUrl::new("/child").no_headers()));
    for (host, status) in [(after_a_head, Some("200 OK")), (without_headers, None)] {
        let exchange = host.get("/").start().finish();
        assert_eq!(exchange.status().as_deref(), status);
        assert!(exchange.body_text().contains("status: 404"));
    }
}

#[test]
fn without_a_child_there_is_no_status() {
    let host = answering!(|request| format!("{:?}", request.exec_url_status()));
    let exchange = host.get("/").start();
    assert_eq!(
        exchange.body_text(),
        format!("{:?}", Err::<(), _>(Win32Error::NO_DATA))
    );
}

#[test]
fn what_cannot_be_said_never_reaches_the_host_and_comes_back() {
    let host = working_on!(|mut request| {
        for child in [
            ExecUrl::new("/a\0b"),
            ExecUrl::new("/").method("GET\0"),
            ExecUrl::new("/").headers(&[("A", "b\r\nC: d")]),
            ExecUrl::new("/").headers(&[("A:", "b")]),
            ExecUrl::new("/").user("a\0", "Basic"),
            ExecUrl::new("/").user("a", "Basic\0"),
        ] {
            let started = request.exec_url(child.clone(), |_, _, _| unreachable!());
            let refused = started.unwrap_err();
            assert_eq!(refused.error, Win32Error::INVALID_PARAMETER);
            assert_eq!(*refused.payload, child);
            request = refused.request;
        }
        request.finish(Finish::Success);
    });
    let exchange = host.get("/").start();
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_child_may_execute_the_next_one_from_its_callback() {
    fn count_down(request: AsyncRequest, left: usize) {
        if left == 0 {
            return request.finish(Finish::Success);
        }
        let child = ExecUrl::new(format!("/{left}"));
        let _ = request.exec_url(child, move |request, _, _| count_down(request, left - 1));
    }

    let host = working_on!(|request| count_down(request, 3));
    let exchange = host
        .get("/")
        .children(|child| ChildResponse::new("200 OK", child.url.clone().unwrap_or_default()))
        .start()
        .finish();
    assert_eq!(exchange.body_text(), "/3/2/1");
}
