/* async_hello.c - answers with an asynchronous write; its completion ends the request. */
#include "answer.h"

static VOID WINAPI on_written(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)context;
  (void)bytes;
  done(ecb, error == ERROR_SUCCESS ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR);
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) { return describe(pVer, "Benchmark: asynchronous hello"); }

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  DWORD length = sizeof GREETING - 1;

  if (!set_callback(pECB, on_written, NULL) || !send_head(pECB, TEXT_FIELDS, length))
    return HSE_STATUS_ERROR;
  if (!pECB->WriteClient(pECB->ConnID, (LPVOID)GREETING, &length, HSE_IO_ASYNC))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_PENDING;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
