/*
 * httpext.h - the interface between a web server and ISAPI extensions, version 6.
 *
 * An extension is a shared library with the functions at the end of this file. Names, values and layout
 * are those that every ISAPI server has; Microsoft documents them in the IIS SDK as "ISAPI Extension
 * Reference". Off Windows:
 *
 *     cc -shared -fPIC -I<this folder> hello.c -o hello.so
 */
#ifndef _HTTPEXT_H_
#define _HTTPEXT_H_

#include <windows.h>
#ifdef _WIN32
#include <wincrypt.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ---- */

#define HSE_VERSION_MAJOR 6
#define HSE_VERSION_MINOR 0
#define HSE_VERSION MAKELONG(HSE_VERSION_MINOR, HSE_VERSION_MAJOR)

#define HSE_MAX_EXT_DLL_NAME_LEN 256
#define HSE_LOG_BUFFER_LEN 80

/* What GetExtensionVersion fills. */
typedef struct _HSE_VERSION_INFO {
  DWORD dwExtensionVersion; /* HSE_VERSION */
  CHAR lpszExtensionDesc[HSE_MAX_EXT_DLL_NAME_LEN]; /* for people; end it with a NUL */
} HSE_VERSION_INFO, *LPHSE_VERSION_INFO;

/* ---- Answers of HttpExtensionProc; HSE_REQ_DONE_WITH_SESSION takes them as well ---- */

#define HSE_STATUS_SUCCESS 1
#define HSE_STATUS_SUCCESS_AND_KEEP_CONN 2 /* the same as SUCCESS since version 4 */
#define HSE_STATUS_PENDING 3               /* the extension will send HSE_REQ_DONE_WITH_SESSION */
#define HSE_STATUS_ERROR 4

/* ---- Argument of TerminateExtension ---- */

#define HSE_TERM_ADVISORY_UNLOAD 0x00000001 /* FALSE keeps the extension loaded */
#define HSE_TERM_MUST_UNLOAD 0x00000002     /* it goes, whatever is answered */

/* ---- How to send or read ---- */

#define HSE_IO_SYNC 0x00000001
#define HSE_IO_ASYNC 0x00000002
#define HSE_IO_DISCONNECT_AFTER_SEND 0x00000004
#define HSE_IO_SEND_HEADERS 0x00000008
#define HSE_IO_FINAL_SEND 0x00000010
#define HSE_IO_CACHE_RESPONSE 0x00000020
#define HSE_IO_TRY_SKIP_CUSTOM_ERRORS 0x00000040
#define HSE_IO_NODELAY 0x00001000

/* ---- Request codes of ServerSupportFunction ---- */

#define HSE_REQ_BASE 0
#define HSE_REQ_SEND_URL_REDIRECT_RESP (HSE_REQ_BASE + 1)
#define HSE_REQ_SEND_URL (HSE_REQ_BASE + 2)
#define HSE_REQ_SEND_RESPONSE_HEADER (HSE_REQ_BASE + 3)
#define HSE_REQ_DONE_WITH_SESSION (HSE_REQ_BASE + 4)

#define HSE_REQ_END_RESERVED 1000
#define HSE_REQ_MAP_URL_TO_PATH (HSE_REQ_END_RESERVED + 1)
#define HSE_REQ_GET_SSPI_INFO (HSE_REQ_END_RESERVED + 2)
#define HSE_APPEND_LOG_PARAMETER (HSE_REQ_END_RESERVED + 3)
#define HSE_REQ_IO_COMPLETION (HSE_REQ_END_RESERVED + 5)
#define HSE_REQ_TRANSMIT_FILE (HSE_REQ_END_RESERVED + 6)
#define HSE_REQ_REFRESH_ISAPI_ACL (HSE_REQ_END_RESERVED + 7)
#define HSE_REQ_IS_KEEP_CONN (HSE_REQ_END_RESERVED + 8)
#define HSE_REQ_ASYNC_READ_CLIENT (HSE_REQ_END_RESERVED + 10)
#define HSE_REQ_GET_IMPERSONATION_TOKEN (HSE_REQ_END_RESERVED + 11)
#define HSE_REQ_MAP_URL_TO_PATH_EX (HSE_REQ_END_RESERVED + 12)
#define HSE_REQ_ABORTIVE_CLOSE (HSE_REQ_END_RESERVED + 14)
#define HSE_REQ_GET_CERT_INFO_EX (HSE_REQ_END_RESERVED + 15)
#define HSE_REQ_SEND_RESPONSE_HEADER_EX (HSE_REQ_END_RESERVED + 16)
#define HSE_REQ_CLOSE_CONNECTION (HSE_REQ_END_RESERVED + 17)
#define HSE_REQ_IS_CONNECTED (HSE_REQ_END_RESERVED + 18)
#define HSE_REQ_MAP_UNICODE_URL_TO_PATH (HSE_REQ_END_RESERVED + 23)
#define HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX (HSE_REQ_END_RESERVED + 24)
#define HSE_REQ_EXEC_UNICODE_URL (HSE_REQ_END_RESERVED + 25)
#define HSE_REQ_EXEC_URL (HSE_REQ_END_RESERVED + 26)
#define HSE_REQ_GET_EXEC_URL_STATUS (HSE_REQ_END_RESERVED + 27)
#define HSE_REQ_SEND_CUSTOM_ERROR (HSE_REQ_END_RESERVED + 28)
#define HSE_REQ_IS_IN_PROCESS (HSE_REQ_END_RESERVED + 30)
#define HSE_REQ_REPORT_UNHEALTHY (HSE_REQ_END_RESERVED + 32)
#define HSE_REQ_NORMALIZE_URL (HSE_REQ_END_RESERVED + 33)
#define HSE_REQ_VECTOR_SEND (HSE_REQ_END_RESERVED + 37)
#define HSE_REQ_GET_ANONYMOUS_TOKEN (HSE_REQ_END_RESERVED + 38)
#define HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK (HSE_REQ_END_RESERVED + 40)
#define HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN (HSE_REQ_END_RESERVED + 41)
#define HSE_REQ_GET_TRACE_INFO (HSE_REQ_END_RESERVED + 42)
#define HSE_REQ_SET_FLUSH_FLAG (HSE_REQ_END_RESERVED + 43)
#define HSE_REQ_GET_TRACE_INFO_EX (HSE_REQ_END_RESERVED + 44)
#define HSE_REQ_RAISE_TRACE_EVENT (HSE_REQ_END_RESERVED + 45)
#define HSE_REQ_GET_CONFIG_OBJECT (HSE_REQ_END_RESERVED + 46)
#define HSE_REQ_GET_WORKER_PROCESS_SETTINGS (HSE_REQ_END_RESERVED + 47)
#define HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK (HSE_REQ_END_RESERVED + 48)
#define HSE_REQ_CANCEL_IO (HSE_REQ_END_RESERVED + 49)
#define HSE_REQ_GET_CHANNEL_BINDING_TOKEN (HSE_REQ_END_RESERVED + 50)

/* ---- One request ---- */

/* Names the request in each callback. */
typedef LPVOID HCONN;

/*
 * Stays at its address until HttpExtensionProc has returned and, where that answered
 * HSE_STATUS_PENDING, until HSE_REQ_DONE_WITH_SESSION. The callbacks may be called from any thread.
 */
typedef struct _EXTENSION_CONTROL_BLOCK {
  DWORD cbSize;
  DWORD dwVersion;
  HCONN ConnID;
  DWORD dwHttpStatusCode;               /* written by the extension: status for the log */
  CHAR lpszLogData[HSE_LOG_BUFFER_LEN]; /* written by the extension: text for the log */
  LPSTR lpszMethod;
  LPSTR lpszQueryString;
  LPSTR lpszPathInfo;
  LPSTR lpszPathTranslated;
  DWORD cbTotalBytes; /* length of the body; 0xffffffff: unknown, read to the end */
  DWORD cbAvailable;  /* how much of it is in lpbData already */
  LPBYTE lpbData;
  LPSTR lpszContentType;

  /* *lpdwSize: in, size of the buffer; out, length of the value with its NUL. */
  BOOL(WINAPI *GetServerVariable)(HCONN hConn, LPSTR lpszVariableName, LPVOID lpvBuffer, LPDWORD lpdwSize);
  /* dwReserved: HSE_IO_SYNC or HSE_IO_ASYNC. An asynchronous buffer must outlive the completion. */
  BOOL(WINAPI *WriteClient)(HCONN ConnID, LPVOID Buffer, LPDWORD lpdwBytes, DWORD dwReserved);
  /* *lpdwSize: in, size of the buffer; out, bytes read, 0 at the end. */
  BOOL(WINAPI *ReadClient)(HCONN hConn, LPVOID lpvBuffer, LPDWORD lpdwSize);
  BOOL(WINAPI *ServerSupportFunction)(HCONN hConn, DWORD dwHSERequest, LPVOID lpvBuffer, LPDWORD lpdwSize,
                                      LPDWORD lpdwDataType);
} EXTENSION_CONTROL_BLOCK, *LPEXTENSION_CONTROL_BLOCK;

/*
 * The end of an asynchronous operation: bytes moved and 0 or a Win32 code. It may run before the call that
 * started the operation has returned.
 */
typedef VOID(WINAPI *PFN_HSE_IO_COMPLETION)(EXTENSION_CONTROL_BLOCK *pECB, PVOID pContext, DWORD cbIO,
                                            DWORD dwError);

/* ---- Sending ---- */

/* HSE_REQ_SEND_RESPONSE_HEADER_EX */
typedef struct _HSE_SEND_HEADER_EX_INFO {
  LPCSTR pszStatus; /* "200 OK" */
  LPCSTR pszHeader; /* fields, each with CRLF, then an empty line */
  DWORD cchStatus;
  DWORD cchHeader;
  BOOL fKeepConn;
} HSE_SEND_HEADER_EX_INFO, *LPHSE_SEND_HEADER_EX_INFO;

/* HSE_REQ_TRANSMIT_FILE */
typedef struct _HSE_TF_INFO {
  PFN_HSE_IO_COMPLETION pfnHseIO; /* NULL: what HSE_REQ_IO_COMPLETION registered */
  PVOID pContext;
  HANDLE hFile;         /* stays the extension's, open until the completion */
  LPCSTR pszStatusCode; /* with HSE_IO_SEND_HEADERS */
  DWORD BytesToWrite;   /* 0: all from Offset */
  DWORD Offset;
  PVOID pHead; /* with HSE_IO_SEND_HEADERS the fields as text, else raw bytes */
  DWORD HeadLength;
  PVOID pTail;
  DWORD TailLength;
  DWORD dwFlags; /* HSE_IO_ASYNC and others */
} HSE_TF_INFO, *LPHSE_TF_INFO;

#define HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER 0
#define HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE 1

typedef struct _HSE_VECTOR_ELEMENT {
  DWORD ElementType;
  PVOID pvContext; /* pointer or handle */
  ULONGLONG cbOffset;
  ULONGLONG cbSize;
} HSE_VECTOR_ELEMENT, *LPHSE_VECTOR_ELEMENT;

/* HSE_REQ_VECTOR_SEND */
typedef struct _HSE_RESPONSE_VECTOR {
  DWORD dwFlags;
  LPSTR pszStatus;
  LPSTR pszHeaders;
  DWORD nElementCount;
  LPHSE_VECTOR_ELEMENT lpElementArray;
} HSE_RESPONSE_VECTOR, *LPHSE_RESPONSE_VECTOR;

/* HSE_REQ_SEND_CUSTOM_ERROR */
typedef struct _HSE_CUSTOM_ERROR_INFO {
  CHAR *pszStatus;
  USHORT uHttpSubError;
  BOOL fAsync;
} HSE_CUSTOM_ERROR_INFO, *LPHSE_CUSTOM_ERROR_INFO;

/* HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK */
typedef HRESULT(WINAPI *PFN_HSE_CACHE_INVALIDATION_CALLBACK)(WCHAR *pszUrl);

/* ---- What a URL maps to ---- */

#define HSE_URL_FLAGS_READ 0x00000001
#define HSE_URL_FLAGS_WRITE 0x00000002
#define HSE_URL_FLAGS_EXECUTE 0x00000004
#define HSE_URL_FLAGS_SSL 0x00000008
#define HSE_URL_FLAGS_DONT_CACHE 0x00000010
#define HSE_URL_FLAGS_NEGO_CERT 0x00000020
#define HSE_URL_FLAGS_REQUIRE_CERT 0x00000040
#define HSE_URL_FLAGS_MAP_CERT 0x00000080
#define HSE_URL_FLAGS_SSL128 0x00000100
#define HSE_URL_FLAGS_SCRIPT 0x00000200
#define HSE_URL_FLAGS_MASK 0x000003ff

/* HSE_REQ_MAP_URL_TO_PATH_EX */
typedef struct _HSE_URL_MAPEX_INFO {
  CHAR lpszPath[MAX_PATH];
  DWORD dwFlags;
  DWORD cchMatchingPath;
  DWORD cchMatchingURL;
  DWORD dwReserved1;
  DWORD dwReserved2;
} HSE_URL_MAPEX_INFO, *LPHSE_URL_MAPEX_INFO;

/* HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX */
typedef struct _HSE_UNICODE_URL_MAPEX_INFO {
  WCHAR lpszPath[MAX_PATH];
  DWORD dwFlags;
  DWORD cchMatchingPath;
  DWORD cchMatchingURL;
} HSE_UNICODE_URL_MAPEX_INFO, *LPHSE_UNICODE_URL_MAPEX_INFO;

/* ---- Running another URL ---- */

#define HSE_EXEC_URL_NO_HEADERS 0x02
#define HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR 0x04
#define HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE 0x10
#define HSE_EXEC_URL_DISABLE_CUSTOM_ERROR 0x20
#define HSE_EXEC_URL_SSI_CMD 0x40
#define HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE 0x80

typedef struct _HSE_EXEC_URL_USER_INFO {
  HANDLE hImpersonationToken;
  LPSTR pszCustomUserName;
  LPSTR pszCustomAuthType;
} HSE_EXEC_URL_USER_INFO, *LPHSE_EXEC_URL_USER_INFO;

typedef struct _HSE_EXEC_URL_ENTITY_INFO {
  DWORD cbAvailable;
  LPVOID lpbData;
} HSE_EXEC_URL_ENTITY_INFO, *LPHSE_EXEC_URL_ENTITY_INFO;

/* HSE_REQ_GET_EXEC_URL_STATUS */
typedef struct _HSE_EXEC_URL_STATUS {
  USHORT uHttpStatusCode;
  USHORT uHttpSubStatus;
  DWORD dwWin32Error;
} HSE_EXEC_URL_STATUS, *LPHSE_EXEC_URL_STATUS;

/* HSE_REQ_EXEC_URL: what is NULL is taken from the request itself. */
typedef struct _HSE_EXEC_URL_INFO {
  LPSTR pszUrl;
  LPSTR pszMethod;
  LPSTR pszChildHeaders;
  LPHSE_EXEC_URL_USER_INFO pUserInfo;
  LPHSE_EXEC_URL_ENTITY_INFO pEntity;
  DWORD dwExecUrlFlags;
} HSE_EXEC_URL_INFO, *LPHSE_EXEC_URL_INFO;

typedef struct _HSE_EXEC_UNICODE_URL_USER_INFO {
  HANDLE hImpersonationToken;
  LPWSTR pszCustomUserName;
  LPSTR pszCustomAuthType;
} HSE_EXEC_UNICODE_URL_USER_INFO, *LPHSE_EXEC_UNICODE_URL_USER_INFO;

/* HSE_REQ_EXEC_UNICODE_URL */
typedef struct _HSE_EXEC_UNICODE_URL_INFO {
  LPWSTR pszUrl;
  LPSTR pszMethod;
  LPSTR pszChildHeaders;
  LPHSE_EXEC_UNICODE_URL_USER_INFO pUserInfo;
  LPHSE_EXEC_URL_ENTITY_INFO pEntity;
  DWORD dwExecUrlFlags;
} HSE_EXEC_UNICODE_URL_INFO, *LPHSE_EXEC_UNICODE_URL_INFO;

/* ---- The rest ---- */

/* HSE_REQ_GET_CERT_INFO_EX: the extension provides pbCertEncoded and says its size in cbAllocated. */
typedef struct _CERT_CONTEXT_EX {
  CERT_CONTEXT CertContext;
  DWORD cbAllocated;
  DWORD dwCertificateFlags;
} CERT_CONTEXT_EX;

/* HSE_REQ_GET_TRACE_INFO */
typedef struct _HSE_TRACE_INFO {
  BOOL fTraceRequest;
  BYTE TraceContextId[16];
  DWORD dwReserved1;
  DWORD dwReserved2;
} HSE_TRACE_INFO, *LPHSE_TRACE_INFO;

/* HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK */
typedef HRESULT(WINAPI *PFN_HSE_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK)(
    LPCWSTR pszProtocolManagerDll, LPCWSTR pszProtocolManagerDllInitFunction, DWORD dwCustomInterfaceId,
    PVOID *ppCustomInterface);

/* HSE_REQ_IS_IN_PROCESS */
#define HSE_APP_FLAG_IN_PROCESS 0
#define HSE_APP_FLAG_ISOLATED_OOP 1
#define HSE_APP_FLAG_POOLED_OOP 2

/* ---- What an extension exports ---- */

/* Visible even with -fvisibility=hidden. On Windows a .def file names the exports. */
#if !defined(_WIN32) && defined(__GNUC__)
#define ISAPI_EXPORT __attribute__((visibility("default")))
#else
#define ISAPI_EXPORT
#endif

/* Once, before any request. FALSE refuses the load. */
ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer);
/* Once for each request, from many threads at a time. */
ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB);
/* Optional. Once, before the module goes. */
ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD dwFlags);

typedef BOOL(WINAPI *PFN_GETEXTENSIONVERSION)(HSE_VERSION_INFO *pVer);
typedef DWORD(WINAPI *PFN_HTTPEXTENSIONPROC)(EXTENSION_CONTROL_BLOCK *pECB);
typedef BOOL(WINAPI *PFN_TERMINATEEXTENSION)(DWORD dwFlags);

#ifdef __cplusplus
}
#endif

#endif
