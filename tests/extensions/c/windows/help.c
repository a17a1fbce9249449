/* No extension, but a DLL that extensions need: see needs_help.c. */
#include <windows.h>

__declspec(dllexport) const char *help(void);

const char *help(void) { return "helped"; }
