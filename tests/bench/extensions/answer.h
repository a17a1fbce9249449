/* What the benchmark's extensions have in common: a short answer, and the end of a pending request. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <httpext.h>
#include <stdio.h>
#include <string.h>

#define TEXT_FIELDS "Content-Type: text/plain; charset=utf-8\r\n"

/* The one line that each server of the benchmark answers. */
static const char GREETING[] = "Hello from ISAPI\n";

static inline BOOL send_head(EXTENSION_CONTROL_BLOCK *ecb, const char *type_field, DWORD length) {
  static const char status[] = "200 OK";
  char fields[128];
  HSE_SEND_HEADER_EX_INFO head;

  snprintf(fields, sizeof fields, "%sContent-Length: %u\r\n\r\n", type_field, (unsigned)length);
  head.pszStatus = status;
  head.cchStatus = sizeof status - 1;
  head.pszHeader = fields;
  head.cchHeader = (DWORD)strlen(fields);
  head.fKeepConn = TRUE;
  return ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER_EX, &head, NULL, NULL);
}

static inline DWORD send_text(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  DWORD length = (DWORD)strlen(text);
  if (send_head(ecb, TEXT_FIELDS, length) && ecb->WriteClient(ecb->ConnID, (LPVOID)text, &length, HSE_IO_SYNC))
    return HSE_STATUS_SUCCESS;
  return HSE_STATUS_ERROR;
}

static inline BOOL set_callback(EXTENSION_CONTROL_BLOCK *ecb, PFN_HSE_IO_COMPLETION callback, void *context) {
  return ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_IO_COMPLETION, (LPVOID)callback, NULL, (LPDWORD)context);
}

/* The last call of a request that is pending. */
static inline void done(EXTENSION_CONTROL_BLOCK *ecb, DWORD status) {
  ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
}

static inline BOOL describe(HSE_VERSION_INFO *version, const char *description) {
  version->dwExtensionVersion = HSE_VERSION;
  snprintf(version->lpszExtensionDesc, sizeof version->lpszExtensionDesc, "%s", description);
  return TRUE;
}

#endif
