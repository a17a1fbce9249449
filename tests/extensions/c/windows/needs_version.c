/*
 * Needs version.dll, a part of Windows that no process has loaded from the start, and tells which
 * one it got: see planted_version.c.
 */
#include "answer.h"

__declspec(dllimport) DWORD WINAPI GetFileVersionInfoSizeA(LPCSTR, LPDWORD);

static char path[MAX_PATH];

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  DWORD ignored;
  GetFileVersionInfoSizeA("version.dll", &ignored);
  GetModuleFileNameA(GetModuleHandleA("version.dll"), path, sizeof path);
  return describe(pVer, path);
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) { return answer(pECB, path); }
