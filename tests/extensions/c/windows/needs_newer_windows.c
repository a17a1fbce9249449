/* Needs a function of kernel32.dll that no Windows has: it was built for a later one. */
#include "answer.h"

__declspec(dllimport) BOOL WINAPI OpenTimeMachine(void);

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  return OpenTimeMachine() && describe(pVer, "needs a newer Windows");
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  return answer(pECB, "needs a newer Windows");
}
