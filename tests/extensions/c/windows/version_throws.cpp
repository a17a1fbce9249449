/* Lets a C++ exception escape GetExtensionVersion. */
#include <httpext.h>

#include <stdexcept>

extern "C" {

__declspec(dllexport) BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *) {
  throw std::runtime_error("no licence");
}

__declspec(dllexport) DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *) { return HSE_STATUS_SUCCESS; }
}
