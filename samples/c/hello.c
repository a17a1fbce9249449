/*
 * hello.c - the smallest extension: a synchronous answer.
 *
 *     cc -shared -fPIC -Isdk/include samples/c/hello.c -o hello.so
 */
#include <httpext.h>
#include <stdio.h>
#include <string.h>

static const char BODY[] = "Hello from ISAPI\n";

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  snprintf(pVer->lpszExtensionDesc, sizeof pVer->lpszExtensionDesc, "Hello sample");
  return TRUE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  static const char status[] = "200 OK";
  char fields[128];
  DWORD length = sizeof BODY - 1;
  HSE_SEND_HEADER_EX_INFO head;

  /* With its length the client knows where the body ends, so the connection can serve the next request. */
  snprintf(fields, sizeof fields, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %u\r\n\r\n",
           (unsigned)length);
  head.pszStatus = status;
  head.cchStatus = sizeof status - 1;
  head.pszHeader = fields;
  head.cchHeader = (DWORD)strlen(fields);
  head.fKeepConn = TRUE;

  if (!pECB->ServerSupportFunction(pECB->ConnID, HSE_REQ_SEND_RESPONSE_HEADER_EX, &head, NULL, NULL))
    return HSE_STATUS_ERROR;
  if (!pECB->WriteClient(pECB->ConnID, (LPVOID)BODY, &length, HSE_IO_SYNC))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_SUCCESS;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE; /* nothing to free, so the module may go at any time */
}
