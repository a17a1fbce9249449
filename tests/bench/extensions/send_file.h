/*
 * Sends a file with HSE_REQ_TRANSMIT_FILE, head and all. The query string is the file's name, its folder is
 * what BENCH_FILES in the environment says.
 */
#ifndef BENCH_SEND_FILE_H
#define BENCH_SEND_FILE_H

#include "answer.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file, or -1. */
static inline int open_file(const char *name) {
  const char *folder = getenv("BENCH_FILES");
  char path[512];

  if (folder == NULL || strchr(name, '/') != NULL)
    return -1;
  if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
    return -1;
  return open(path, O_RDONLY | O_CLOEXEC);
}

/* Answers as HttpExtensionProc does; the completion gets the descriptor as its context. */
static inline DWORD transmit(EXTENSION_CONTROL_BLOCK *ecb, int file, PFN_HSE_IO_COMPLETION callback) {
  struct stat status;
  char fields[128];
  HSE_TF_INFO info;

  if (fstat(file, &status) != 0)
    return HSE_STATUS_ERROR;
  snprintf(fields, sizeof fields, "Content-Type: application/octet-stream\r\nContent-Length: %lld\r\n\r\n",
           (long long)status.st_size);
  memset(&info, 0, sizeof info);
  info.pfnHseIO = callback;
  info.pContext = (PVOID)(intptr_t)file;
  info.hFile = isapi_handle_from_fd(file);
  info.pszStatusCode = "200 OK";
  info.pHead = fields;
  info.HeadLength = (DWORD)strlen(fields);
  info.dwFlags = HSE_IO_ASYNC | HSE_IO_SEND_HEADERS;
  if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_TRANSMIT_FILE, &info, NULL, NULL))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_PENDING;
}

#endif
