/* Refuses to be loaded. HttpExtensionProc must then never be called; it would answer with a text. */
#include <httpext.h>

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  SetLastError(ERROR_ACCESS_DENIED);
  return FALSE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  static const char body[] = "called although GetExtensionVersion answered FALSE\n";
  DWORD length = sizeof body - 1;
  pECB->WriteClient(pECB->ConnID, (LPVOID)body, &length, HSE_IO_SYNC);
  return HSE_STATUS_SUCCESS;
}
