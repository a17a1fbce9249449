/* Needs c-needs_help.dll, which in turn needs c-help.dll. */
#include "answer.h"

__declspec(dllimport) const char *needs_help(void);

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) { return describe(pVer, needs_help()); }

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) { return answer(pECB, needs_help()); }
