/* Does not want to be loaded: its DllMain answers FALSE. */
#include "answer.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved) {
  (void)instance;
  (void)reserved;
  return reason != DLL_PROCESS_ATTACH;
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) { return describe(pVer, "unreachable"); }

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) { return answer(pECB, "unreachable"); }
