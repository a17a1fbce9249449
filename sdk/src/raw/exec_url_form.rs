//! The C form of a child request.

use std::ffi::CString;
use std::ptr;

use isapi_abi::{
    DWORD, HSE_EXEC_UNICODE_URL_INFO, HSE_EXEC_UNICODE_URL_USER_INFO,
    HSE_EXEC_URL_DISABLE_CUSTOM_ERROR, HSE_EXEC_URL_ENTITY_INFO,
    HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR, HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE,
    HSE_EXEC_URL_NO_HEADERS, HSE_REQ_EXEC_UNICODE_URL, PVOID,
};

use crate::error::Win32Error;
use crate::exec_url::{ChildUser, ExecUrl};
use crate::header::header_fields;
use crate::raw::ecb::length;
use crate::raw::form::{CompletionRoutine, Form};
use crate::text::{WideString, c_string};

/// An `HSE_EXEC_UNICODE_URL_INFO`: the form that can say every URL and every user's name.
pub(crate) struct ExecUrlForm {
    url: Option<WideString>,
    method: Option<CString>,
    headers: Option<CString>,
    user: Option<UserForm>,
    entity: Option<HSE_EXEC_URL_ENTITY_INFO>,
    info: HSE_EXEC_UNICODE_URL_INFO,
}

struct UserForm {
    name: WideString,
    auth_type: CString,
    info: HSE_EXEC_UNICODE_URL_USER_INFO,
}

impl Form<ExecUrl> for ExecUrlForm {
    const CODE: DWORD = HSE_REQ_EXEC_UNICODE_URL;

    fn new(child: &ExecUrl) -> Result<ExecUrlForm, Win32Error> {
        let headers = child.headers.as_ref();
        let headers =
            headers.map(|fields| header_fields(fields.iter().map(|(name, value)| (name, value))));
        Ok(ExecUrlForm {
            url: child.url.as_deref().map(WideString::new).transpose()?,
            method: child.method.as_deref().map(c_string).transpose()?,
            headers: headers.transpose()?,
            user: child.user.as_ref().map(UserForm::new).transpose()?,
            entity: None,
            info: HSE_EXEC_UNICODE_URL_INFO {
                dwExecUrlFlags: flags(child),
                ..EMPTY
            },
        })
    }

    fn fill(
        &mut self,
        child: &ExecUrl,
        _completion: Option<CompletionRoutine>,
    ) -> Result<PVOID, Win32Error> {
        if let Some(url) = &self.url {
            self.info.pszUrl = url.as_ptr().cast_mut();
        }
        if let Some(method) = &self.method {
            self.info.pszMethod = method.as_ptr().cast_mut();
        }
        if let Some(headers) = &self.headers {
            self.info.pszChildHeaders = headers.as_ptr().cast_mut();
        }
        if let Some(user) = &mut self.user {
            self.info.pUserInfo = user.fill();
        }
        if let Some(data) = &child.entity {
            let entity = self.entity.insert(HSE_EXEC_URL_ENTITY_INFO {
                cbAvailable: length(data)?,
                lpbData: data.as_ptr().cast_mut().cast(),
            });
            self.info.pEntity = entity;
        }
        Ok((&raw mut self.info).cast())
    }
}

impl UserForm {
    fn new(user: &ChildUser) -> Result<UserForm, Win32Error> {
        Ok(UserForm {
            name: WideString::new(&user.name)?,
            auth_type: c_string(&user.auth_type)?,
            info: HSE_EXEC_UNICODE_URL_USER_INFO {
                hImpersonationToken: ptr::null_mut(),
                pszCustomUserName: ptr::null_mut(),
                pszCustomAuthType: ptr::null_mut(),
            },
        })
    }

    fn fill(&mut self) -> *mut HSE_EXEC_UNICODE_URL_USER_INFO {
        self.info.pszCustomUserName = self.name.as_ptr().cast_mut();
        self.info.pszCustomAuthType = self.auth_type.as_ptr().cast_mut();
        &raw mut self.info
    }
}

fn flags(child: &ExecUrl) -> DWORD {
    [
        (child.no_headers, HSE_EXEC_URL_NO_HEADERS),
        (
            child.ignore_current_interceptor,
            HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR,
        ),
        (
            child.ignore_validation_and_range,
            HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE,
        ),
        (
            child.disable_custom_error,
            HSE_EXEC_URL_DISABLE_CUSTOM_ERROR,
        ),
    ]
    .into_iter()
    .filter(|(is_set, _)| *is_set)
    .fold(0, |flags, (_, flag)| flags | flag)
}

/// The request itself once more.
const EMPTY: HSE_EXEC_UNICODE_URL_INFO = HSE_EXEC_UNICODE_URL_INFO {
    pszUrl: ptr::null_mut(),
    pszMethod: ptr::null_mut(),
    pszChildHeaders: ptr::null_mut(),
    pUserInfo: ptr::null_mut(),
    pEntity: ptr::null_mut(),
    dwExecUrlFlags: 0,
};
