/*
 * windows.h - the part of the Windows interface that ISAPI extensions are written in, for other systems.
 *
 * It has the types and macros of httpext.h and of ordinary extension code, nothing else. Widths are those
 * of Windows: a DWORD has 32 bits and a WCHAR 16, whatever `unsigned long` and `wchar_t` have here.
 */
#if defined(_WIN32)
/* A Windows compiler that was given this folder: its own header is the right one. */
#if defined(__GNUC__) || defined(__clang__)
#include_next <windows.h>
#else
#error "On Windows use the SDK's windows.h and httpext.h: take this folder off the include path"
#endif
#elif !defined(ISAPI_WINDOWS_H)
#define ISAPI_WINDOWS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One calling convention only, so these say nothing. */
#define WINAPI
#define APIENTRY
#define CALLBACK

#define VOID void
#define CONST const

typedef char CHAR;
typedef unsigned char UCHAR;
typedef uint8_t BYTE;
typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
typedef int INT;
typedef unsigned int UINT;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef int BOOL;
typedef int32_t HRESULT;
typedef intptr_t INT_PTR;
typedef uintptr_t UINT_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef size_t SIZE_T;

/* One UTF-16 unit, so that u"text" is text of this type in both languages. */
#if defined(__cplusplus)
typedef char16_t WCHAR;
#else
typedef uint16_t WCHAR;
#endif

typedef void *PVOID;
typedef void *LPVOID;
typedef const void *LPCVOID;
typedef BYTE *PBYTE;
typedef BYTE *LPBYTE;
typedef BOOL *PBOOL;
typedef BOOL *LPBOOL;
typedef DWORD *PDWORD;
typedef DWORD *LPDWORD;
typedef CHAR *PSTR;
typedef CHAR *LPSTR;
typedef const CHAR *PCSTR;
typedef const CHAR *LPCSTR;
typedef WCHAR *PWSTR;
typedef WCHAR *LPWSTR;
typedef const WCHAR *PCWSTR;
typedef const WCHAR *LPCWSTR;

/*
 * A handle names a file by its descriptor; see isapi_handle_from_fd. Every other object of Windows is
 * absent here.
 */
typedef void *HANDLE;
typedef HANDLE *PHANDLE;

#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

#define S_OK ((HRESULT)0)
#define SUCCEEDED(result) ((HRESULT)(result) >= 0)
#define FAILED(result) ((HRESULT)(result) < 0)

#define MAX_PATH 260
#define INVALID_HANDLE_VALUE ((HANDLE)(INT_PTR)-1)

#define MAKEWORD(low, high) ((WORD)(((BYTE)(low)) | ((WORD)((BYTE)(high))) << 8))
#define MAKELONG(low, high) ((LONG)(((WORD)(low)) | ((DWORD)((WORD)(high))) << 16))
#define LOWORD(value) ((WORD)((DWORD_PTR)(value) & 0xffff))
#define HIWORD(value) ((WORD)(((DWORD_PTR)(value) >> 16) & 0xffff))
#define LOBYTE(value) ((BYTE)((DWORD_PTR)(value) & 0xff))
#define HIBYTE(value) ((BYTE)(((DWORD_PTR)(value) >> 8) & 0xff))

#define UNREFERENCED_PARAMETER(name) ((void)(name))

/* What a client certificate is handed over in. The server leaves pCertInfo and hCertStore null. */
#define X509_ASN_ENCODING 0x00000001
typedef void *HCERTSTORE;
typedef struct _CERT_INFO *PCERT_INFO;

typedef struct _CERT_CONTEXT {
  DWORD dwCertEncodingType;
  BYTE *pbCertEncoded;
  DWORD cbCertEncoded;
  PCERT_INFO pCertInfo;
  HCERTSTORE hCertStore;
} CERT_CONTEXT, *PCERT_CONTEXT;

/*
 * The code that a server callback left when it answered FALSE. It is the thread's errno, so ask before
 * calling anything else that may set that.
 */
static inline DWORD GetLastError(void) { return (DWORD)errno; }

/* Sets that code, as GetExtensionVersion does before it answers FALSE. */
static inline void SetLastError(DWORD code) { errno = (int)code; }

/*
 * The handle for HSE_TF_INFO.hFile and for file elements of HSE_RESPONSE_VECTOR. The descriptor stays the
 * extension's: keep it open until the completion and close it then. NULL means "no file" there, so
 * descriptor 0 has no handle; it gives INVALID_HANDLE_VALUE as a negative one does (dup() it if need be).
 */
static inline HANDLE isapi_handle_from_fd(int fd) {
  return fd > 0 ? (HANDLE)(intptr_t)fd : INVALID_HANDLE_VALUE;
}

/* The descriptor in a handle, -1 where there is none. */
static inline int isapi_fd_from_handle(HANDLE handle) {
  intptr_t value = (intptr_t)handle;
  return value > 0 && value <= INT32_MAX ? (int)value : -1;
}

/* Win32 codes that the server sets, and those that extensions set most often. */
#define ERROR_SUCCESS 0
#define ERROR_INVALID_FUNCTION 1
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_PATH_NOT_FOUND 3
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_INVALID_DATA 13
#define ERROR_OUTOFMEMORY 14
#define ERROR_WRITE_FAULT 29
#define ERROR_READ_FAULT 30
#define ERROR_GEN_FAILURE 31
#define ERROR_HANDLE_EOF 38
#define ERROR_NOT_SUPPORTED 50
#define ERROR_NETNAME_DELETED 64
#define ERROR_INVALID_PARAMETER 87
#define ERROR_BROKEN_PIPE 109
#define ERROR_CALL_NOT_IMPLEMENTED 120
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_MOD_NOT_FOUND 126
#define ERROR_PROC_NOT_FOUND 127
#define ERROR_BUSY 170
#define ERROR_BAD_EXE_FORMAT 193
#define ERROR_NO_DATA 232
#define ERROR_MORE_DATA 234
#define WAIT_TIMEOUT 258
#define ERROR_OPERATION_ABORTED 995
#define ERROR_IO_PENDING 997
#define ERROR_STACK_OVERFLOW 1001
#define ERROR_CONNECTION_INVALID 1229
#define ERROR_INVALID_INDEX 1413
#define ERROR_NO_SYSTEM_RESOURCES 1450
#define ERROR_TIMEOUT 1460
#define WSAEINVAL 10022
#define WSAECONNABORTED 10053
#define WSAECONNRESET 10054
#define WSAETIMEDOUT 10060

#ifdef __cplusplus
}
#endif

#endif
