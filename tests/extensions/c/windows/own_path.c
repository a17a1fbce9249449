/* Asks for the path of its own file, as modules do that read a configuration beside themselves. */
#include "answer.h"

static char path[MAX_PATH];

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved) {
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH)
    GetModuleFileNameA(instance, path, sizeof path);
  return TRUE;
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) { return describe(pVer, path); }

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) { return answer(pECB, path); }

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
