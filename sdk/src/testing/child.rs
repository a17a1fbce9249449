//! Child requests and error pages, as the host in memory answers them.

use isapi_abi::{
    FALSE, HSE_CUSTOM_ERROR_INFO, HSE_EXEC_UNICODE_URL_INFO, HSE_EXEC_URL_DISABLE_CUSTOM_ERROR,
    HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR, HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE,
    HSE_EXEC_URL_NO_HEADERS, HSE_EXEC_URL_STATUS,
};

use crate::error::Win32Error;
use crate::exec_url::{ChildUser, ExecUrl};
use crate::header::is_token;
use crate::testing::pointers::{
    bytes, optional_string, optional_wide_text, string, to_usize, wide_text,
};
use crate::testing::response_head::status_code;
use crate::testing::session::{State, Transfer};
use crate::testing::site::ChildResponse;
use crate::testing::url_path;

/// `HSE_REQ_EXEC_UNICODE_URL`.
///
/// # Safety
///
/// What the structure points to is as its page says. Counterpart: `ExecUrlForm`.
pub(super) unsafe fn exec_url(
    state: &mut State,
    info: &HSE_EXEC_UNICODE_URL_INFO,
) -> Result<(), Win32Error> {
    // SAFETY: the same promise.
    let child = unsafe { decode(info) };
    if !is_executable(&child) {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    state.expect_open()?;
    state.begin(None, Transfer::Child(Box::new(child)))
}

/// # Safety
///
/// As for [`exec_url`].
unsafe fn decode(info: &HSE_EXEC_UNICODE_URL_INFO) -> ExecUrl {
    let is_set = |flag: u32| info.dwExecUrlFlags & flag != 0;
    // SAFETY: texts end with a NUL, structures are filled or null, as the caller vouches.
    unsafe {
        ExecUrl {
            url: optional_wide_text(info.pszUrl),
            method: optional_string(info.pszMethod),
            headers: optional_string(info.pszChildHeaders).map(|block| fields(&block)),
            user: info.pUserInfo.as_ref().map(|user| ChildUser {
                name: wide_text(user.pszCustomUserName),
                auth_type: string(user.pszCustomAuthType),
            }),
            entity: info
                .pEntity
                .as_ref()
                .map(|entity| bytes(entity.lpbData, to_usize(entity.cbAvailable)).to_vec()),
            no_headers: is_set(HSE_EXEC_URL_NO_HEADERS),
            ignore_current_interceptor: is_set(HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR),
            ignore_validation_and_range: is_set(HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE),
            disable_custom_error: is_set(HSE_EXEC_URL_DISABLE_CUSTOM_ERROR),
        }
    }
}

/// Whether a server could make a request of it. That the fields are fields was made sure of when
/// they were put together.
fn is_executable(child: &ExecUrl) -> bool {
    let is_plain = |text: &String| !text.contains(char::is_control);
    child.url.as_deref().is_none_or(url_path::is_request_target)
        && child.method.as_deref().is_none_or(is_token)
        && child
            .user
            .as_ref()
            .is_none_or(|user| is_plain(&user.name) && is_plain(&user.auth_type))
}

fn fields(block: &str) -> Vec<(String, String)> {
    let fields = block.lines().filter_map(|line| line.split_once(':'));
    fields
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

/// Sends what the child has answered; the bytes of its body.
pub(super) fn deliver(state: &mut State, child: &ExecUrl, response: ChildResponse) -> usize {
    let head = (response.status.clone(), response.header_block());
    if !child.no_headers && state.expect_no_head().is_ok() {
        state.head = Some(head);
    }
    state.body.extend_from_slice(&response.body);
    state.child_status = Some(HSE_EXEC_URL_STATUS {
        uHttpStatusCode: status_code(&response.status).unwrap_or(0),
        uHttpSubStatus: response.sub_status,
        dwWin32Error: response.error.map_or(0, Win32Error::code),
    });
    response.body.len()
}

/// `HSE_REQ_SEND_CUSTOM_ERROR`.
///
/// # Safety
///
/// `pszStatus` is null or ends with a NUL. Counterpart: `CustomErrorForm`.
pub(super) unsafe fn send_custom_error(
    state: &mut State,
    info: &HSE_CUSTOM_ERROR_INFO,
) -> Result<(), Win32Error> {
    // SAFETY: the caller vouches for the text.
    let status = unsafe { string(info.pszStatus) };
    let code = status_code(&status).ok_or(Win32Error::INVALID_PARAMETER)?;
    let page = state.site.error_pages.get(&(code, info.uHttpSubError));
    let page = page.cloned().ok_or(Win32Error::FILE_NOT_FOUND)?;
    state.expect_no_head()?;
    state.expect_open()?;
    let fields = "Content-Type: text/html\r\n".to_owned();
    if info.fAsync == FALSE {
        state.send_head(status, fields)?;
        state.body.extend_from_slice(&page);
    } else {
        let transfer = Transfer::File {
            head: Some((status, fields)),
            file: None,
            before: page,
            after: Vec::new(),
        };
        state.begin(None, transfer)?;
    }
    state.sub_status = info.uHttpSubError;
    Ok(())
}
