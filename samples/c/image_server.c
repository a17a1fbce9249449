/*
 * image_server.c - a page and its image, both sent asynchronously.
 *
 * The images lie in a folder that no URL reaches. `.../image-server.dll` answers a page whose <img> points
 * back here, at `.../image-server.dll/image/NAME`, and that request sends the file:
 *
 *   page:  HTML on the heap, asynchronous WriteClient,
 *   image: HSE_REQ_TRANSMIT_FILE, which carries the response head as well.
 *
 * Each kind of send has a context of its own. It holds all that is being sent, lives until the completion
 * and is freed there, right before the request is ended.
 *
 * The folder is $IMAGE_SERVER_DIR, or `images` beside this module.
 */
#define _GNU_SOURCE /* dladdr */
#include <httpext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 4096

/* Set once in GetExtensionVersion, before any request. */
static char image_folder[PATH_SIZE];

/* ---- Files, for both kinds of systems ---- */

#ifdef _WIN32
#define SEPARATOR '\\'

static BOOL module_path(char *path, DWORD size) {
  HMODULE module;
  DWORD length;

  if (!GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                          (LPCSTR)(ULONG_PTR)module_path, &module))
    return FALSE;
  length = GetModuleFileNameA(module, path, size);
  return length > 0 && length < size;
}

/* Opens a file for HSE_REQ_TRANSMIT_FILE and tells its size; INVALID_HANDLE_VALUE where there is none. */
static HANDLE open_file(const char *path, ULONGLONG *size) {
  LARGE_INTEGER length;
  HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                            FILE_FLAG_SEQUENTIAL_SCAN | FILE_FLAG_OVERLAPPED, NULL);
  if (file == INVALID_HANDLE_VALUE)
    return file;
  if (GetFileType(file) != FILE_TYPE_DISK || !GetFileSizeEx(file, &length)) {
    CloseHandle(file);
    return INVALID_HANDLE_VALUE;
  }
  *size = (ULONGLONG)length.QuadPart;
  return file;
}

static void close_file(HANDLE file) { CloseHandle(file); }

#else
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>
#define SEPARATOR '/'

static BOOL module_path(char *path, DWORD size) {
  Dl_info info;
  char *absolute;
  int length;

  if (dladdr((void *)(uintptr_t)module_path, &info) == 0)
    return FALSE;
  absolute = realpath(info.dli_fname, NULL); /* the working folder may change later */
  if (absolute == NULL)
    return FALSE;
  length = snprintf(path, size, "%s", absolute);
  free(absolute);
  return length > 0 && (DWORD)length < size;
}

/* Opens a file for HSE_REQ_TRANSMIT_FILE and tells its size; INVALID_HANDLE_VALUE where there is none. */
static HANDLE open_file(const char *path, ULONGLONG *size) {
  struct stat status;
  HANDLE file;
  /* O_NONBLOCK: a pipe of that name must not stop the server's thread here. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0)
    return INVALID_HANDLE_VALUE;
  file = isapi_handle_from_fd(fd);
  if (file == INVALID_HANDLE_VALUE || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd);
    return INVALID_HANDLE_VALUE;
  }
  *size = (ULONGLONG)status.st_size;
  return file;
}

static void close_file(HANDLE file) { close(isapi_fd_from_handle(file)); }

#endif

static BOOL find_image_folder(void) {
  const char *chosen = getenv("IMAGE_SERVER_DIR");
  char module[PATH_SIZE];
  char *slash;
  int length;

  if (chosen != NULL && *chosen != '\0') {
    length = snprintf(image_folder, sizeof image_folder, "%s", chosen);
    return length > 0 && (size_t)length < sizeof image_folder;
  }
  if (!module_path(module, sizeof module))
    return FALSE;
  slash = strrchr(module, SEPARATOR);
  if (slash == NULL)
    return FALSE;
  *slash = '\0';
  length = snprintf(image_folder, sizeof image_folder, "%s%cimages", module, SEPARATOR);
  return length > 0 && (size_t)length < sizeof image_folder;
}

/* ---- Shared by both kinds of sends ---- */

static BOOL send_head(EXTENSION_CONTROL_BLOCK *ecb, const char *status, const char *type, DWORD length) {
  char fields[128];
  HSE_SEND_HEADER_EX_INFO head;

  snprintf(fields, sizeof fields, "Content-Type: %s\r\nContent-Length: %u\r\n\r\n", type, (unsigned)length);
  head.pszStatus = status;
  head.cchStatus = (DWORD)strlen(status);
  head.pszHeader = fields;
  head.cchHeader = (DWORD)strlen(fields);
  head.fKeepConn = TRUE;
  return ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER_EX, &head, NULL, NULL);
}

static DWORD not_found(EXTENSION_CONTROL_BLOCK *ecb) {
  static const char body[] = "There is no such image.\n";
  DWORD length = sizeof body - 1;

  if (!send_head(ecb, "404 Not Found", "text/plain; charset=utf-8", length))
    return HSE_STATUS_ERROR;
  if (!ecb->WriteClient(ecb->ConnID, (LPVOID)body, &length, HSE_IO_SYNC))
    return HSE_STATUS_ERROR;
  return HSE_STATUS_SUCCESS;
}

/* Ends a request that HttpExtensionProc has left pending. */
static void end(EXTENSION_CONTROL_BLOCK *ecb, DWORD error) {
  DWORD status = error == ERROR_SUCCESS ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
  ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
}

/* ---- The page ---- */

struct page {
  DWORD length;
  char *html;
};

static void free_page(struct page *page) {
  free(page->html);
  free(page);
}

/* A path as it may stand in a URL and in an HTML attribute. To be freed by the caller. */
static char *encode_path(const char *path) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  char *encoded = malloc(3 * strlen(path) + 1);
  char *to = encoded;

  if (encoded == NULL)
    return NULL;
  for (; *path != '\0'; path++) {
    if (strchr(plain, *path) != NULL)
      *to++ = *path;
    else
      to += snprintf(to, 4, "%%%02X", (unsigned)(unsigned char)*path);
  }
  *to = '\0';
  return encoded;
}

static struct page *new_page(const char *script_name) {
  static const char format[] = "<!doctype html>\n"
                               "<title>ImageServer</title>\n"
                               "<h1>ImageServer</h1>\n"
                               "<p><img src=\"%s/image/isapi.png\" alt=\"The image, sent by the extension\"></p>\n";
  char *path = encode_path(script_name);
  struct page *page = malloc(sizeof *page);
  size_t size;

  if (path == NULL || page == NULL) {
    free(path);
    free(page);
    return NULL;
  }
  size = sizeof format + strlen(path);
  page->html = malloc(size);
  if (page->html != NULL)
    page->length = (DWORD)snprintf(page->html, size, format, path);
  free(path);
  if (page->html == NULL) {
    free(page);
    return NULL;
  }
  return page;
}

static VOID WINAPI page_sent(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)bytes;
  free_page(context);
  end(ecb, error);
}

static DWORD send_page(EXTENSION_CONTROL_BLOCK *ecb) {
  char script_name[PATH_SIZE];
  DWORD size = sizeof script_name;
  DWORD length;
  struct page *page;

  if (!ecb->GetServerVariable(ecb->ConnID, "SCRIPT_NAME", script_name, &size))
    return HSE_STATUS_ERROR;
  page = new_page(script_name);
  if (page == NULL)
    return HSE_STATUS_ERROR;

  length = page->length;
  if (ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_IO_COMPLETION, (LPVOID)page_sent, NULL, (LPDWORD)page) &&
      send_head(ecb, "200 OK", "text/html; charset=utf-8", length) &&
      ecb->WriteClient(ecb->ConnID, page->html, &length, HSE_IO_ASYNC))
    return HSE_STATUS_PENDING; /* page_sent may have run already: the page is not ours any more */

  /* Nothing was started, so page_sent will not come. */
  free_page(page);
  return HSE_STATUS_ERROR;
}

/* ---- The image ---- */

struct image {
  HSE_TF_INFO transmission;
  char fields[128];
};

static void free_image(struct image *image) {
  close_file(image->transmission.hFile);
  free(image);
}

/* A name in the folder itself: nothing that leads out of it, and nothing hidden in it. */
static BOOL is_image_name(const char *name) {
  return *name != '\0' && *name != '.' && strpbrk(name, "/\\:") == NULL;
}

static const char *content_type(const char *name) {
  static const char *const types[][2] = {
      {".gif", "image/gif"},  {".jpeg", "image/jpeg"},   {".jpg", "image/jpeg"},
      {".png", "image/png"}, {".svg", "image/svg+xml"}, {".webp", "image/webp"},
  };
  const char *ending = strrchr(name, '.');
  size_t i;

  for (i = 0; ending != NULL && i < sizeof types / sizeof types[0]; i++)
    if (strcmp(ending, types[i][0]) == 0)
      return types[i][1];
  return "application/octet-stream";
}

static VOID WINAPI image_sent(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)bytes;
  free_image(context);
  end(ecb, error);
}

static DWORD send_image(EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  char path[PATH_SIZE];
  ULONGLONG size;
  HANDLE file;
  struct image *image;
  HSE_TF_INFO *info;
  int length;

  if (!is_image_name(name))
    return not_found(ecb);
  length = snprintf(path, sizeof path, "%s%c%s", image_folder, SEPARATOR, name);
  if (length < 0 || (size_t)length >= sizeof path)
    return not_found(ecb);
  file = open_file(path, &size);
  if (file == INVALID_HANDLE_VALUE)
    return not_found(ecb);

  image = size <= 0xffffffffu ? calloc(1, sizeof *image) : NULL;
  if (image == NULL) {
    close_file(file);
    return HSE_STATUS_ERROR;
  }
  snprintf(image->fields, sizeof image->fields, "Content-Type: %s\r\nContent-Length: %u\r\n\r\n",
           content_type(name), (unsigned)size);
  info = &image->transmission;
  info->pfnHseIO = image_sent;
  info->pContext = image;
  info->hFile = file;
  info->pszStatusCode = "200 OK";
  info->BytesToWrite = (DWORD)size; /* exactly what Content-Length says, should the file grow meanwhile */
  info->pHead = image->fields;
  info->HeadLength = (DWORD)strlen(image->fields);
  info->dwFlags = HSE_IO_ASYNC | HSE_IO_SEND_HEADERS;

  if (ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_TRANSMIT_FILE, info, NULL, NULL))
    return HSE_STATUS_PENDING; /* image_sent may have run already: the image is not ours any more */

  /* Nothing was started, so image_sent will not come. */
  free_image(image);
  return HSE_STATUS_ERROR;
}

/* ---- The exports ---- */

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  snprintf(pVer->lpszExtensionDesc, sizeof pVer->lpszExtensionDesc, "ImageServer sample");
  if (find_image_folder())
    return TRUE;
  SetLastError(ERROR_PATH_NOT_FOUND);
  return FALSE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  static const char image[] = "/image/";
  const char *path = pECB->lpszPathInfo;

  if (strcmp(path, "") == 0 || strcmp(path, "/") == 0)
    return send_page(pECB);
  if (strncmp(path, image, sizeof image - 1) == 0)
    return send_image(pECB, path + sizeof image - 1);
  return not_found(pECB);
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
