/*
 * upload_echo.c - reads the request body asynchronously and sends it back.
 *
 * The five steps of asynchronous reading:
 *   1. register the completion callback with HSE_REQ_IO_COMPLETION,
 *   2. start a read with HSE_REQ_ASYNC_READ_CLIENT,
 *   3. return HSE_STATUS_PENDING,
 *   4. in the callback take what has come and go back to 2 while there is more,
 *   5. end the request with HSE_REQ_DONE_WITH_SESSION.
 *
 * A GET answers a form to try it with.
 */
#include <httpext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE (64u * 1024u)
#define MAX_BODY (64u * 1024u * 1024u)
#define UNKNOWN_LENGTH 0xffffffffu

static const char FORM[] = "<!doctype html>\n"
                           "<title>Upload echo</title>\n"
                           "<h1>Upload echo</h1>\n"
                           "<form method=\"post\" enctype=\"text/plain\">\n"
                           "<textarea name=\"text\" rows=\"8\" cols=\"60\">Echo me.</textarea>\n"
                           "<p><button>Send</button>\n"
                           "</form>\n";

/* One upload, from the first byte read to the last byte sent back. */
struct upload {
  EXTENSION_CONTROL_BLOCK *ecb;
  char *body;
  DWORD length;
  DWORD capacity;
  BOOL at_end;
};

static void free_upload(struct upload *upload) {
  free(upload->body);
  free(upload);
}

static BOOL send_head(EXTENSION_CONTROL_BLOCK *ecb, const char *status, const char *type, DWORD length) {
  static const char format[] = "Content-Type: %s\r\nContent-Length: %u\r\nX-Content-Type-Options: nosniff\r\n\r\n";
  size_t size = sizeof format + strlen(type) + 16;
  char *fields = malloc(size);
  HSE_SEND_HEADER_EX_INFO head;
  BOOL sent;

  if (fields == NULL)
    return FALSE;
  snprintf(fields, size, format, type, (unsigned)length);
  head.pszStatus = status;
  head.cchStatus = (DWORD)strlen(status);
  head.pszHeader = fields;
  head.cchHeader = (DWORD)strlen(fields);
  head.fKeepConn = TRUE;
  sent = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER_EX, &head, NULL, NULL);
  free(fields); /* a head is sent before the call returns */
  return sent;
}

static DWORD send_text(EXTENSION_CONTROL_BLOCK *ecb, const char *status, const char *type, const char *text) {
  DWORD length = (DWORD)strlen(text);
  if (!send_head(ecb, status, type, length))
    return HSE_STATUS_ERROR;
  if (!ecb->WriteClient(ecb->ConnID, (LPVOID)text, &length, HSE_IO_SYNC))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_SUCCESS;
}

static BOOL reserve(struct upload *upload, DWORD room) {
  DWORD capacity;
  char *grown;

  if (upload->capacity - upload->length >= room)
    return TRUE;
  capacity = 2 * upload->length + room; /* at most about 2 * MAX_BODY */
  grown = realloc(upload->body, capacity);
  if (grown == NULL)
    return FALSE;
  upload->body = grown;
  upload->capacity = capacity;
  return TRUE;
}

static BOOL is_complete(const struct upload *upload) {
  DWORD total = upload->ecb->cbTotalBytes;
  return upload->at_end || (total != UNKNOWN_LENGTH && upload->length >= total);
}

static BOOL is_too_large(const struct upload *upload) {
  DWORD total = upload->ecb->cbTotalBytes;
  return upload->length > MAX_BODY || (total != UNKNOWN_LENGTH && total > MAX_BODY);
}

/*
 * The three functions below answer as HttpExtensionProc does: HSE_STATUS_PENDING says that a completion
 * will come, and may have come already, so the upload must not be touched any more. With any other answer
 * none will come, and the caller ends the request with it.
 */

static DWORD start_read(struct upload *upload) {
  EXTENSION_CONTROL_BLOCK *ecb = upload->ecb;
  DWORD size = READ_SIZE;
  DWORD flags = HSE_IO_ASYNC;

  if (is_too_large(upload))
    return send_text(ecb, "413 Content Too Large", "text/plain; charset=utf-8", "The body is too large.\n");
  if (!reserve(upload, size))
    return HSE_STATUS_ERROR;
  if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, upload->body + upload->length, &size,
                                  &flags))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_PENDING;
}

static VOID WINAPI on_written(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error);

static DWORD start_echo(struct upload *upload) {
  EXTENSION_CONTROL_BLOCK *ecb = upload->ecb;
  const char *type = ecb->lpszContentType;
  DWORD length = upload->length;

  /* The client went away before it had sent everything. */
  if (ecb->cbTotalBytes != UNKNOWN_LENGTH && length < ecb->cbTotalBytes)
    return HSE_STATUS_ERROR;
  if (type == NULL || *type == '\0')
    type = "application/octet-stream";
  if (!send_head(ecb, "200 OK", type, length))
    return HSE_STATUS_ERROR;
  if (length == 0)
    return HSE_STATUS_SUCCESS;

  /* The last registration counts: from here on completions are those of the write. */
  if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_IO_COMPLETION, (LPVOID)on_written, NULL, (LPDWORD)upload))
    return HSE_STATUS_ERROR;
  if (!ecb->WriteClient(ecb->ConnID, upload->body, &length, HSE_IO_ASYNC))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_PENDING;
}

static DWORD proceed(struct upload *upload) {
  return is_complete(upload) ? start_echo(upload) : start_read(upload);
}

/* Ends a request that HttpExtensionProc has left pending. */
static void end(struct upload *upload, DWORD status) {
  EXTENSION_CONTROL_BLOCK *ecb = upload->ecb;
  free_upload(upload);
  ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
}

static VOID WINAPI on_read(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  struct upload *upload = context;
  DWORD status = HSE_STATUS_ERROR;

  (void)ecb;
  if (error == ERROR_SUCCESS) {
    upload->length += bytes;
    upload->at_end = bytes == 0;
    status = proceed(upload);
  }
  if (status != HSE_STATUS_PENDING)
    end(upload, status);
}

static VOID WINAPI on_written(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)ecb;
  (void)bytes;
  end(context, error == ERROR_SUCCESS ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR);
}

/* An upload with the part of the body that came with the call; NULL without memory. */
static struct upload *new_upload(EXTENSION_CONTROL_BLOCK *ecb) {
  struct upload *upload = calloc(1, sizeof *upload);
  if (upload == NULL)
    return NULL;
  upload->ecb = ecb;
  if (!reserve(upload, ecb->cbAvailable + 1)) {
    free_upload(upload);
    return NULL;
  }
  if (ecb->cbAvailable > 0)
    memcpy(upload->body, ecb->lpbData, ecb->cbAvailable);
  upload->length = ecb->cbAvailable;
  return upload;
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  snprintf(pVer->lpszExtensionDesc, sizeof pVer->lpszExtensionDesc, "Upload echo sample");
  return TRUE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  struct upload *upload;
  DWORD status;

  if (strcmp(pECB->lpszMethod, "GET") == 0 || strcmp(pECB->lpszMethod, "HEAD") == 0)
    return send_text(pECB, "200 OK", "text/html; charset=utf-8", FORM);

  upload = new_upload(pECB);
  if (upload == NULL)
    return HSE_STATUS_ERROR;
  status = HSE_STATUS_ERROR;
  if (pECB->ServerSupportFunction(pECB->ConnID, HSE_REQ_IO_COMPLETION, (LPVOID)on_read, NULL, (LPDWORD)upload))
    status = proceed(upload);
  if (status != HSE_STATUS_PENDING)
    free_upload(upload);
  return status;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
