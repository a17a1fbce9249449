//! `HSE_REQ_EXEC_URL`, its form in UTF-16, its status, and `HSE_REQ_SEND_CUSTOM_ERROR`.

use std::ptr;

use isapi_abi::{
    BOOL, DWORD, HANDLE, HSE_CUSTOM_ERROR_INFO, HSE_EXEC_UNICODE_URL_INFO,
    HSE_EXEC_UNICODE_URL_USER_INFO, HSE_EXEC_URL_ENTITY_INFO, HSE_EXEC_URL_INFO,
    HSE_EXEC_URL_STATUS, HSE_EXEC_URL_USER_INFO, HSE_REQ_EXEC_UNICODE_URL, HSE_REQ_EXEC_URL,
    HSE_REQ_GET_EXEC_URL_STATUS, HSE_REQ_SEND_CUSTOM_ERROR, LPWSTR,
};

use crate::calls::{c_string, outcome, pointer};
use crate::operations::Operation;
use crate::program::Step;
use crate::run::Run;
use crate::wide::wide_string;

impl Run {
    pub(crate) fn exec_url(&'static self, step: &Step) -> String {
        let texts = Texts::of(step);
        let mut user = HSE_EXEC_URL_USER_INFO {
            hImpersonationToken: token(step),
            pszCustomUserName: pointer(&texts.user).cast_mut(),
            pszCustomAuthType: pointer(&texts.auth_type).cast_mut(),
        };
        let mut entity = texts.entity(step);
        let mut info = HSE_EXEC_URL_INFO {
            pszUrl: pointer(&texts.url).cast_mut(),
            pszMethod: pointer(&texts.method).cast_mut(),
            pszChildHeaders: pointer(&texts.headers).cast_mut(),
            pUserInfo: if has_user(step) {
                &raw mut user
            } else {
                ptr::null_mut()
            },
            pEntity: entity.as_mut().map_or(ptr::null_mut(), ptr::from_mut),
            dwExecUrlFlags: step.named_number("flags"),
        };
        let buffer = ptr::from_mut(&mut info).cast();
        let code = HSE_REQ_EXEC_URL;
        self.start("exec_url", Operation::Send(texts.into_buffers()), || {
            // SAFETY: the structures live until after the call, the texts and the entity until the
            // completion.
            unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) }
        })
    }

    pub(crate) fn exec_unicode_url(&'static self, step: &Step) -> String {
        let texts = Texts::of(step);
        let mut url = step.named("url").map(wide_string);
        let mut name = step.named("user").map(wide_string);
        let mut user = HSE_EXEC_UNICODE_URL_USER_INFO {
            hImpersonationToken: token(step),
            pszCustomUserName: wide_pointer(&mut name),
            pszCustomAuthType: pointer(&texts.auth_type).cast_mut(),
        };
        let mut entity = texts.entity(step);
        let mut info = HSE_EXEC_UNICODE_URL_INFO {
            pszUrl: wide_pointer(&mut url),
            pszMethod: pointer(&texts.method).cast_mut(),
            pszChildHeaders: pointer(&texts.headers).cast_mut(),
            pUserInfo: if has_user(step) {
                &raw mut user
            } else {
                ptr::null_mut()
            },
            pEntity: entity.as_mut().map_or(ptr::null_mut(), ptr::from_mut),
            dwExecUrlFlags: step.named_number("flags"),
        };
        let buffer = ptr::from_mut(&mut info).cast();
        let code = HSE_REQ_EXEC_UNICODE_URL;
        let kept = Operation::Send(texts.into_buffers());
        self.start("exec_unicode_url", kept, || {
            // SAFETY: the structures and the wide texts live until after the call, the other texts
            // and the entity until the completion.
            unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) }
        })
    }

    pub(crate) fn exec_url_status(&self) -> String {
        // Values that no child has.
        let mut status = HSE_EXEC_URL_STATUS {
            uHttpStatusCode: 7,
            uHttpSubStatus: 7,
            dwWin32Error: 7,
        };
        let buffer = ptr::from_mut(&mut status).cast();
        let code = HSE_REQ_GET_EXEC_URL_STATUS;
        // SAFETY: the status lives until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        let detail = format!(
            "{} {} {}",
            status.uHttpStatusCode, status.uHttpSubStatus, status.dwWin32Error
        );
        outcome("exec_url_status", ok, &detail)
    }

    pub(crate) fn custom_error(&'static self, step: &Step) -> String {
        let status = c_string(step.bytes(0));
        let is_async = step.number(2) == Some(1);
        let mut info = HSE_CUSTOM_ERROR_INFO {
            pszStatus: pointer(&status).cast_mut(),
            uHttpSubError: u16::try_from(step.number(1).unwrap_or(0)).expect("16 bits"),
            fAsync: BOOL::from(is_async),
        };
        let buffer = ptr::from_mut(&mut info).cast();
        let code = HSE_REQ_SEND_CUSTOM_ERROR;
        // SAFETY: the structure lives until after the call, its text until the completion of an
        // asynchronous one.
        let call = || unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        if !is_async {
            return outcome("custom_error", call(), "");
        }
        let kept = Operation::Send(status.into_iter().collect());
        self.start("custom_error", kept, call)
    }
}

/// The texts of a child request; `None` is a null pointer.
struct Texts {
    url: Option<Vec<u8>>,
    method: Option<Vec<u8>>,
    headers: Option<Vec<u8>>,
    user: Option<Vec<u8>>,
    auth_type: Option<Vec<u8>>,
    entity: Option<Vec<u8>>,
}

impl Texts {
    fn of(step: &Step) -> Texts {
        let text = |key| step.named(key).and_then(c_string);
        Texts {
            url: text("url"),
            method: text("method"),
            headers: text("headers"),
            user: text("user"),
            auth_type: text("auth"),
            entity: step.named("entity").map(<[u8]>::to_vec),
        }
    }

    /// The entity; with `entity_null` one of that many bytes at a null pointer.
    fn entity(&self, step: &Step) -> Option<HSE_EXEC_URL_ENTITY_INFO> {
        if step.named("entity_null").is_some() {
            return Some(HSE_EXEC_URL_ENTITY_INFO {
                cbAvailable: step.named_number("entity_null"),
                lpbData: ptr::null_mut(),
            });
        }
        let data = self.entity.as_ref()?;
        Some(HSE_EXEC_URL_ENTITY_INFO {
            cbAvailable: DWORD::try_from(data.len()).expect("a test's entity is small"),
            lpbData: data.as_ptr().cast_mut().cast(),
        })
    }

    fn into_buffers(self) -> Vec<Vec<u8>> {
        let all = [
            self.url,
            self.method,
            self.headers,
            self.user,
            self.auth_type,
            self.entity,
        ];
        all.into_iter().flatten().collect()
    }
}

fn has_user(step: &Step) -> bool {
    ["user", "auth", "token"]
        .iter()
        .any(|key| step.named(key).is_some())
}

/// With the argument `token` a handle that is not null, and that nobody may use.
fn token(step: &Step) -> HANDLE {
    step.named("token")
        .map_or(ptr::null_mut(), |_| ptr::without_provenance_mut(0x7777))
}

fn wide_pointer(text: &mut Option<Vec<u16>>) -> LPWSTR {
    text.as_mut()
        .map_or(ptr::null_mut(), |text| text.as_mut_ptr())
}
