/* An extension with nothing wrong, for 32-bit Windows. */
#include <httpext.h>

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  lstrcpynA(pVer->lpszExtensionDesc, "32 bit", sizeof pVer->lpszExtensionDesc);
  return TRUE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  static const char body[] = "32 bit\n";
  DWORD length = sizeof body - 1;
  return pECB->WriteClient(pECB->ConnID, (LPVOID)body, &length, HSE_IO_SYNC) ? HSE_STATUS_SUCCESS
                                                                            : HSE_STATUS_ERROR;
}
