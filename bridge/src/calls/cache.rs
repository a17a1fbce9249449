use isapi_abi::{HRESULT, LPWSTR, PFN_HSE_CACHE_INVALIDATION_CALLBACK};

const S_OK: HRESULT = 0;

/// The answer of `HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK`.
pub(super) const INVALIDATE: PFN_HSE_CACHE_INVALIDATION_CALLBACK = invalidate;

/// Drops the cached response of a URL
/// ([ms525602](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525602(v=vs.90))).
/// Responses are not kept, so that there is none to drop whatever the URL is.
extern "system" fn invalidate(_url: LPWSTR) -> HRESULT {
    S_OK
}
