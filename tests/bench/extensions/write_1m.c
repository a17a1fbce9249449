/* write_1m.c - one asynchronous write of 1 MiB from a buffer of the extension's own. */
#include "answer.h"

static char content[1024 * 1024];

static VOID WINAPI on_written(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)context;
  done(ecb, error == ERROR_SUCCESS && bytes == sizeof content ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR);
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  memset(content, 'x', sizeof content);
  return describe(pVer, "Benchmark: asynchronous write of 1 MiB");
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  DWORD length = sizeof content;

  if (!set_callback(pECB, on_written, NULL) || !send_head(pECB, "Content-Type: application/octet-stream\r\n", length))
    return HSE_STATUS_ERROR;
  if (!pECB->WriteClient(pECB->ConnID, content, &length, HSE_IO_ASYNC))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_PENDING;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
