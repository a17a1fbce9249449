/* upload.c - reads a body to its end with asynchronous reads, then says how many bytes it had. */
#include "answer.h"
#include <stdlib.h>

enum { READ_SIZE = 64 * 1024 };

struct upload {
  DWORD received;
  char piece[READ_SIZE];
};

static DWORD answer(EXTENSION_CONTROL_BLOCK *ecb, DWORD received) {
  char text[32];
  snprintf(text, sizeof text, "%u\n", (unsigned)received);
  return send_text(ecb, text);
}

static BOOL read_on(EXTENSION_CONTROL_BLOCK *ecb, struct upload *upload) {
  DWORD size = sizeof upload->piece;
  DWORD flags = HSE_IO_ASYNC;
  return ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, upload->piece, &size, &flags);
}

static VOID WINAPI on_read(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  struct upload *upload = context;
  DWORD status = HSE_STATUS_ERROR;

  if (error == ERROR_SUCCESS) {
    upload->received += bytes;
    if (upload->received < ecb->cbTotalBytes && bytes > 0 && read_on(ecb, upload))
      return;
    if (upload->received == ecb->cbTotalBytes)
      status = answer(ecb, upload->received);
  }
  free(upload);
  done(ecb, status);
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) { return describe(pVer, "Benchmark: upload"); }

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  struct upload *upload;

  if (pECB->cbAvailable == pECB->cbTotalBytes)
    return answer(pECB, pECB->cbTotalBytes);
  upload = malloc(sizeof *upload);
  if (upload == NULL)
    return HSE_STATUS_ERROR;
  upload->received = pECB->cbAvailable;
  if (set_callback(pECB, on_read, upload) && read_on(pECB, upload))
    return HSE_STATUS_PENDING;
  free(upload);
  return HSE_STATUS_ERROR;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
