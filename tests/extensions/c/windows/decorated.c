/* Exports HttpExtensionProc under the name that 32-bit stdcall makes of it. */
#include "answer.h"

__declspec(dllexport) BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  return describe(pVer, "decorated");
}

__declspec(dllexport) DWORD WINAPI Decorated(EXTENSION_CONTROL_BLOCK *)
    __asm__("_HttpExtensionProc@4");

DWORD WINAPI Decorated(EXTENSION_CONTROL_BLOCK *pECB) { return answer(pECB, "unreachable"); }
