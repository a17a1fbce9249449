/* Lacks one mandatory export: there is no HttpExtensionProc. */
#include <httpext.h>

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  pVer->lpszExtensionDesc[0] = '\0';
  return TRUE;
}
