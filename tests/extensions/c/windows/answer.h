/* What the extensions in this folder have in common. */
#ifndef ANSWER_H
#define ANSWER_H

#include <httpext.h>
#include <stdio.h>

/* Fills in what GetExtensionVersion has to. */
static inline BOOL describe(HSE_VERSION_INFO *version, const char *description) {
  version->dwExtensionVersion = HSE_VERSION;
  snprintf(version->lpszExtensionDesc, sizeof version->lpszExtensionDesc, "%s", description);
  return TRUE;
}

/* Answers a request with a text. */
static inline DWORD answer(EXTENSION_CONTROL_BLOCK *pECB, const char *text) {
  DWORD length = lstrlenA(text);
  return pECB->WriteClient(pECB->ConnID, (LPVOID)text, &length, HSE_IO_SYNC) ? HSE_STATUS_SUCCESS
                                                                             : HSE_STATUS_ERROR;
}

#endif
