/*
 * What somebody puts under the name version.dll where it could be found by mistake: the working
 * directory, a folder of PATH.
 */
#include <windows.h>

__declspec(dllexport) DWORD WINAPI GetFileVersionInfoSizeA(LPCSTR, LPDWORD);

DWORD WINAPI GetFileVersionInfoSizeA(LPCSTR name, LPDWORD handle) {
  (void)name;
  *handle = 0;
  return 666;
}
