/* send_kept_file.c - keeps the files open that it sends. */
#include "send_file.h"

static struct {
  const char *name;
  int file;
} files[] = {{"10k", -1}, {"1m", -1}, {"100m", -1}};

#define FILES (sizeof files / sizeof files[0])

static VOID WINAPI on_sent(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)context;
  (void)bytes;
  done(ecb, error == ERROR_SUCCESS ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR);
}

static void close_files(void) {
  size_t i;
  for (i = 0; i < FILES; i++) {
    if (files[i].file >= 0)
      close(files[i].file);
    files[i].file = -1;
  }
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  size_t i;
  for (i = 0; i < FILES; i++) {
    files[i].file = open_file(files[i].name);
    if (files[i].file < 0) {
      close_files();
      SetLastError(ERROR_FILE_NOT_FOUND);
      return FALSE;
    }
  }
  return describe(pVer, "Benchmark: files kept open");
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  size_t i;
  for (i = 0; i < FILES; i++) {
    if (strcmp(files[i].name, pECB->lpszQueryString) == 0)
      return transmit(pECB, files[i].file, on_sent);
  }
  return HSE_STATUS_ERROR;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  close_files();
  return TRUE;
}
