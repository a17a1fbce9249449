//! Child requests: another URL of the server answers in the place of the extension.

use crate::control_block::ControlBlock;
use crate::error::Win32Error;

/// The request to execute with [`AsyncRequest::exec_url`](crate::AsyncRequest::exec_url); the safe
/// form of
/// [`HSE_EXEC_URL_INFO`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525511(v=vs.90)).
///
/// What is not said is that of the request itself. The child's response goes to the client; its
/// head is dropped if the request has sent one.
///
/// An extension mapped to all URLs that checks something and then lets the request through:
///
/// ```
/// use isapi_sdk::testing::{ChildResponse, TestHost};
/// use isapi_sdk::{ExecUrl, Extension, Finish, LoadFailure, Request, Status};
///
/// struct Guard;
///
/// impl Extension for Guard {
///     const DESCRIPTION: &'static str = "Lets requests with the right question through";
///
///     fn load() -> Result<Guard, LoadFailure> {
///         Ok(Guard)
///     }
///
///     fn handle(&self, request: Request<'_>) -> Status {
///         if request.query() != "please" {
///             let refused = request.send_header("403 Forbidden", &[]);
///             return if refused.is_ok() { Status::Success } else { Status::Error };
///         }
///         let (pending, request) = request.into_async();
///         let child = ExecUrl::same_url().ignore_current_interceptor();
///         // A refused start drops the request with the error, which ends it.
///         let _ = request.exec_url(child, |request, completion, _child| {
///             match completion.result() {
///                 Ok(_bytes) => request.finish(Finish::Success),
///                 Err(_) => request.finish(Finish::Error),
///             }
///         });
///         pending.into()
///     }
/// }
///
/// let host = TestHost::load(isapi_sdk::entry!(Guard))?;
/// let exchange = host
///     .get("/?please")
///     .children(|child| {
///         assert!(child.url.is_none() && child.ignore_current_interceptor);
///         ChildResponse::new("200 OK", "come in")
///     })
///     .start()
///     .finish();
/// assert_eq!(exchange.body_text(), "come in");
/// # Ok::<(), isapi_sdk::testing::Refused>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "nothing is executed until it is given to a request"]
pub struct ExecUrl {
    /// The URL, a path with or without a query; `None` is the request's own.
    pub url: Option<String>,
    /// The method; `None` is the request's own.
    pub method: Option<String>,
    /// All header fields of the child; `None` are the request's own.
    pub headers: Option<Vec<(String, String)>>,
    /// Whom the child is executed for; `None` is the request's own user.
    pub user: Option<ChildUser>,
    /// The body; `None` is what the request has not read of its own.
    pub entity: Option<Vec<u8>>,
    /// The child's head calls send nothing (`HSE_EXEC_URL_NO_HEADERS`).
    pub no_headers: bool,
    /// The extension that asks is left out when the URL is mapped
    /// (`HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR`). Without it, one that is mapped to all URLs gets
    /// its own child.
    pub ignore_current_interceptor: bool,
    /// The child does not see conditions (`If-Match` and its like) and ranges of the request
    /// (`HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE`).
    pub ignore_validation_and_range: bool,
    /// The child's errors keep their own bodies (`HSE_EXEC_URL_DISABLE_CUSTOM_ERROR`).
    pub disable_custom_error: bool,
}

/// The user a child request is executed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildUser {
    /// The child's REMOTE_USER.
    pub name: String,
    /// The child's AUTH_TYPE.
    pub auth_type: String,
}

impl ExecUrl {
    /// Executes another URL: a path with or without a query, of this server.
    pub fn new(url: impl Into<String>) -> ExecUrl {
        ExecUrl {
            url: Some(url.into()),
            ..ExecUrl::default()
        }
    }

    /// Executes the request's own URL once more.
    pub fn same_url() -> ExecUrl {
        ExecUrl::default()
    }

    /// Sets the method.
    pub fn method(mut self, method: impl Into<String>) -> ExecUrl {
        self.method = Some(method.into());
        self
    }

    /// Sets the header fields, all of them: the child sees none of the request's own, not even
    /// `Host`.
    pub fn headers(mut self, headers: &[(&str, &str)]) -> ExecUrl {
        let headers = headers.iter();
        let owned = headers.map(|&(name, value)| (name.to_owned(), value.to_owned()));
        self.headers = Some(owned.collect());
        self
    }

    /// Sets whom the child is executed for.
    pub fn user(mut self, name: impl Into<String>, auth_type: impl Into<String>) -> ExecUrl {
        self.user = Some(ChildUser {
            name: name.into(),
            auth_type: auth_type.into(),
        });
        self
    }

    /// Sets the body, all of it: the child sees nothing of the request's own.
    pub fn entity(mut self, body: impl Into<Vec<u8>>) -> ExecUrl {
        self.entity = Some(body.into());
        self
    }

    /// Keeps the child's head calls from sending anything.
    pub fn no_headers(mut self) -> ExecUrl {
        self.no_headers = true;
        self
    }

    /// Leaves out the extension that asks when the URL is mapped.
    pub fn ignore_current_interceptor(mut self) -> ExecUrl {
        self.ignore_current_interceptor = true;
        self
    }

    /// Hides conditions and ranges from the child.
    pub fn ignore_validation_and_range(mut self) -> ExecUrl {
        self.ignore_validation_and_range = true;
        self
    }

    /// Leaves the bodies of the child's errors as they are.
    pub fn disable_custom_error(mut self) -> ExecUrl {
        self.disable_custom_error = true;
        self
    }
}

/// How a child request ended; the safe form of
/// [`HSE_EXEC_URL_STATUS`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525017(v=vs.90)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildStatus {
    /// The HTTP status, such as 404.
    pub status: u16,
    /// The second part of a status such as 404.3, else 0.
    pub sub_status: u16,
    /// Why the child failed, if it did.
    pub error: Option<Win32Error>,
}

impl ControlBlock {
    /// How the child request that was executed last has ended;
    /// [`HSE_REQ_GET_EXEC_URL_STATUS`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525519(v=vs.90)).
    ///
    /// # Errors
    ///
    /// [`NO_DATA`](Win32Error::NO_DATA) where none has been executed; otherwise the host's code.
    pub fn exec_url_status(&self) -> Result<ChildStatus, Win32Error> {
        let status = self.ecb.exec_url_status()?;
        let error = status.dwWin32Error;
        Ok(ChildStatus {
            status: status.uHttpStatusCode,
            sub_status: status.uHttpSubStatus,
            error: (error != 0).then(|| Win32Error::from_code(error)),
        })
    }
}
