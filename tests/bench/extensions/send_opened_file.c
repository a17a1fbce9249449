/* send_opened_file.c - opens the file for each request. */
#include "send_file.h"

static VOID WINAPI on_sent(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)bytes;
  close((int)(intptr_t)context);
  done(ecb, error == ERROR_SUCCESS ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR);
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) { return describe(pVer, "Benchmark: file opened for each request"); }

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  int file = open_file(pECB->lpszQueryString);
  DWORD status;

  if (file < 0)
    return HSE_STATUS_ERROR;
  status = transmit(pECB, file, on_sent);
  if (status != HSE_STATUS_PENDING)
    close(file);
  return status;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
