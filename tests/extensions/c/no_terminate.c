/* Lacks the optional export TerminateExtension, and leaves its description without a NUL. */
#include <httpext.h>
#include <string.h>

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  memset(pVer->lpszExtensionDesc, 'd', sizeof pVer->lpszExtensionDesc);
  return TRUE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  static const char body[] = "no terminate\n";
  DWORD length = sizeof body - 1;
  return pECB->WriteClient(pECB->ConnID, (LPVOID)body, &length, HSE_IO_SYNC) ? HSE_STATUS_SUCCESS
                                                                            : HSE_STATUS_ERROR;
}
