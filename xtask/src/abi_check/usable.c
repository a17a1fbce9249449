/* Ends with 0 where the types, macros and functions of the headers do what they should. */
#include <httpext.h>
#include <stdio.h>

static int faults;

#define CHECK(condition)                  \
  do {                                    \
    if (!(condition)) {                   \
      fprintf(stderr, "%s\n", #condition); \
      faults++;                           \
    }                                     \
  } while (0)

static void check_types(void) {
  CHECK(sizeof(BYTE) == 1 && sizeof(CHAR) == 1 && sizeof(WCHAR) == 2 && sizeof(WORD) == 2);
  CHECK(sizeof(DWORD) == 4 && sizeof(LONG) == 4 && sizeof(ULONG) == 4 && sizeof(BOOL) == 4 && sizeof(HRESULT) == 4);
  CHECK(sizeof(ULONGLONG) == 8 && sizeof(HANDLE) == sizeof(void *) && sizeof(DWORD_PTR) == sizeof(void *));
  CHECK((DWORD)-1 > 0 && (WCHAR)-1 > 0 && (LONG)-1 < 0);
}

static void check_macros(void) {
  CHECK(MAKELONG(0x5678, 0x1234) == 0x12345678);
  CHECK(MAKEWORD(0x34, 0x12) == 0x1234);
  CHECK(LOWORD(0x12345678) == 0x5678 && HIWORD(0x12345678) == 0x1234);
  CHECK(LOBYTE(0x1234) == 0x34 && HIBYTE(0x1234) == 0x12);
  CHECK(HSE_VERSION == 0x00060000 && HIWORD(HSE_VERSION) == HSE_VERSION_MAJOR);
  CHECK(TRUE && !FALSE);
}

static void check_last_error(void) {
  SetLastError(ERROR_INVALID_INDEX);
  CHECK(GetLastError() == ERROR_INVALID_INDEX);
  SetLastError(ERROR_SUCCESS);
  CHECK(GetLastError() == ERROR_SUCCESS);
}

static void check_handles(void) {
  CHECK(isapi_fd_from_handle(isapi_handle_from_fd(1)) == 1);
  CHECK(isapi_fd_from_handle(isapi_handle_from_fd(0x7fffffff)) == 0x7fffffff);
  CHECK(isapi_handle_from_fd(7) == (HANDLE)(INT_PTR)7);
  CHECK(isapi_handle_from_fd(0) == INVALID_HANDLE_VALUE && isapi_handle_from_fd(-1) == INVALID_HANDLE_VALUE);
  CHECK(isapi_fd_from_handle(INVALID_HANDLE_VALUE) == -1 && isapi_fd_from_handle(NULL) == -1);
}

/* An author's definitions must agree with the declarations. */

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  UNREFERENCED_PARAMETER(pECB);
  return HSE_STATUS_SUCCESS;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) { return dwFlags == HSE_TERM_MUST_UNLOAD; }

int main(void) {
  PFN_GETEXTENSIONVERSION version = GetExtensionVersion;
  PFN_HTTPEXTENSIONPROC serve = HttpExtensionProc;
  PFN_TERMINATEEXTENSION terminate = TerminateExtension;

  check_types();
  check_macros();
  check_last_error();
  check_handles();
  CHECK(version != NULL && serve != NULL && terminate != NULL);
  return faults != 0;
}
