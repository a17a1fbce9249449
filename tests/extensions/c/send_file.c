/*
 * send_file.c - sends a file with HSE_REQ_TRANSMIT_FILE, its length in the head.
 *
 *   open=PATH   opens PATH for this request
 *   hold=PATH   opens PATH, keeps it open in place of the one before, and sends nothing
 *   kept=NAME   sends the file that is kept open; NAME is for the log
 *   ready       sends nothing
 *
 * PATH is the rest of the query as it stands. What cannot be opened is a 404, and what the server refuses to
 * send a 500.
 */
#include <httpext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

static HANDLE kept = INVALID_HANDLE_VALUE;

/* ---- Files ---- */

#ifdef _WIN32
static HANDLE open_file(const char *path) {
  DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  return CreateFileA(path, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL);
}

static void close_file(HANDLE file) {
  if (file != INVALID_HANDLE_VALUE)
    CloseHandle(file);
}

static long long file_length(HANDLE file) {
  LARGE_INTEGER length;
  return GetFileSizeEx(file, &length) ? length.QuadPart : -1;
}
#else
static HANDLE open_file(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  return file < 0 ? INVALID_HANDLE_VALUE : isapi_handle_from_fd(file);
}

static void close_file(HANDLE file) {
  if (file != INVALID_HANDLE_VALUE)
    close(isapi_fd_from_handle(file));
}

static long long file_length(HANDLE file) {
  struct stat status;
  return fstat(isapi_fd_from_handle(file), &status) == 0 ? (long long)status.st_size : -1;
}
#endif

/* ---- Answers ---- */

static DWORD answer(EXTENSION_CONTROL_BLOCK *ecb, const char *status) {
  static const char fields[] = "Content-Length: 0\r\n\r\n";
  HSE_SEND_HEADER_EX_INFO head = {status, fields, (DWORD)strlen(status), sizeof fields - 1, TRUE};
  if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER_EX, &head, NULL, NULL))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_SUCCESS;
}

/* A send under way. */
struct send {
  HANDLE opened;
  char fields[96];
};

static void free_send(struct send *send) {
  close_file(send->opened);
  free(send);
}

static VOID WINAPI on_sent(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  DWORD status = error == ERROR_SUCCESS ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
  (void)bytes;
  free_send(context);
  ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
}

/* Sends `file`, and closes `opened` when that is done. */
static DWORD send_file(EXTENSION_CONTROL_BLOCK *ecb, HANDLE file, HANDLE opened) {
  struct send *send = malloc(sizeof *send);
  long long length = file_length(file);
  HSE_TF_INFO info;

  if (send == NULL) {
    close_file(opened);
    return HSE_STATUS_ERROR;
  }
  send->opened = opened;
  snprintf(send->fields, sizeof send->fields, "Content-Length: %lld\r\n\r\n", length);
  memset(&info, 0, sizeof info);
  info.pfnHseIO = on_sent;
  info.pContext = send;
  info.hFile = file;
  /* What is in the head, whatever becomes of the file: the server refuses a file that is shorter by now. */
  info.BytesToWrite = (DWORD)length;
  info.pszStatusCode = "200 OK";
  info.pHead = send->fields;
  info.HeadLength = (DWORD)strlen(send->fields);
  info.dwFlags = HSE_IO_ASYNC | HSE_IO_SEND_HEADERS;
  if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_TRANSMIT_FILE, &info, NULL, NULL)) {
    free_send(send);
    return answer(ecb, "500 Internal Server Error");
  }
  return HSE_STATUS_PENDING;
}

static DWORD hold(EXTENSION_CONTROL_BLOCK *ecb, const char *path) {
  close_file(kept);
  kept = open_file(path);
  return answer(ecb, kept == INVALID_HANDLE_VALUE ? "404 Not Found" : "200 OK");
}

/* ---- The exports ---- */

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  snprintf(pVer->lpszExtensionDesc, sizeof pVer->lpszExtensionDesc, "Sends a file");
  return TRUE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  const char *query = pECB->lpszQueryString;
  HANDLE file;

  if (strncmp(query, "hold=", 5) == 0)
    return hold(pECB, query + 5);
  if (strncmp(query, "kept=", 5) == 0)
    return send_file(pECB, kept, INVALID_HANDLE_VALUE);
  if (strcmp(query, "ready") == 0)
    return answer(pECB, "200 OK");
  if (strncmp(query, "open=", 5) != 0)
    return answer(pECB, "400 Bad Request");
  file = open_file(query + 5);
  if (file == INVALID_HANDLE_VALUE)
    return answer(pECB, "404 Not Found");
  return send_file(pECB, file, file);
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  close_file(kept);
  kept = INVALID_HANDLE_VALUE;
  return TRUE;
}
