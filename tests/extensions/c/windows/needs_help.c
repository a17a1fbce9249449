/* Needs c-help.dll, which may lie beside it, be missing, or be another DLL under that name. */
#include "answer.h"

__declspec(dllimport) const char *help(void);
__declspec(dllexport) const char *needs_help(void);

/* For needs_needs_help.c. */
const char *needs_help(void) { return help(); }

__declspec(dllexport) BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  return describe(pVer, help());
}

__declspec(dllexport) DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  return answer(pECB, help());
}
