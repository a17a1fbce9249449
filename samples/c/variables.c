/*
 * variables.c - shows the server variables of the request.
 *
 * One line `NAME=value` for each variable of a fixed list that the server has, an empty line, then, below
 * `ALL_RAW:`, the request's header fields as the client sent them.
 */
#include <httpext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {
    "REQUEST_METHOD",  "SCRIPT_NAME",        "PATH_INFO",       "PATH_TRANSLATED", "QUERY_STRING",
    "URL",             "HTTP_URL",           "CONTENT_LENGTH",  "CONTENT_TYPE",    "SERVER_NAME",
    "SERVER_PORT",     "SERVER_PORT_SECURE", "SERVER_PROTOCOL", "SERVER_SOFTWARE", "HTTPS",
    "LOCAL_ADDR",      "REMOTE_ADDR",        "REMOTE_HOST",     "REMOTE_PORT",     "AUTH_TYPE",
    "REMOTE_USER",     "HTTP_HOST",          "HTTP_USER_AGENT",
};

/* Text that grows. After a failed allocation `failed` stays set and appending does nothing. */
struct text {
  char *data;
  size_t length;
  size_t capacity;
  BOOL failed;
};

static void append(struct text *text, const char *data, size_t length) {
  if (text->failed)
    return;
  if (text->capacity - text->length < length) {
    size_t capacity = 2 * (text->capacity + length);
    char *grown = realloc(text->data, capacity);
    if (grown == NULL) {
      text->failed = TRUE;
      return;
    }
    text->data = grown;
    text->capacity = capacity;
  }
  memcpy(text->data + text->length, data, length);
  text->length += length;
}

/* The value of a variable, to be freed by the caller; NULL where the server has none. */
static char *server_variable(EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  DWORD size = 256;
  char *value = NULL;

  for (;;) {
    char *grown = realloc(value, size);
    if (grown == NULL)
      break;
    value = grown;
    if (ecb->GetServerVariable(ecb->ConnID, (LPSTR)name, value, &size))
      return value;
    /* Too small: the server has put the size that it needs in `size`. */
    if (GetLastError() != ERROR_INSUFFICIENT_BUFFER)
      break;
  }
  free(value);
  return NULL;
}

static void append_variables(EXTENSION_CONTROL_BLOCK *ecb, struct text *text) {
  char *value;
  size_t i;

  for (i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
    value = server_variable(ecb, NAMES[i]);
    if (value == NULL)
      continue;
    append(text, NAMES[i], strlen(NAMES[i]));
    append(text, "=", 1);
    append(text, value, strlen(value));
    append(text, "\n", 1);
    free(value);
  }

  append(text, "\nALL_RAW:\n", strlen("\nALL_RAW:\n"));
  value = server_variable(ecb, "ALL_RAW");
  if (value != NULL) {
    append(text, value, strlen(value));
    free(value);
  }
}

static BOOL send_text(EXTENSION_CONTROL_BLOCK *ecb, const struct text *text) {
  static const char status[] = "200 OK";
  char fields[128];
  DWORD length = (DWORD)text->length;
  HSE_SEND_HEADER_EX_INFO head;

  snprintf(fields, sizeof fields, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %u\r\n\r\n",
           (unsigned)length);
  head.pszStatus = status;
  head.cchStatus = sizeof status - 1;
  head.pszHeader = fields;
  head.cchHeader = (DWORD)strlen(fields);
  head.fKeepConn = TRUE;
  return ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER_EX, &head, NULL, NULL) &&
         ecb->WriteClient(ecb->ConnID, text->data, &length, HSE_IO_SYNC);
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  snprintf(pVer->lpszExtensionDesc, sizeof pVer->lpszExtensionDesc, "Server variables sample");
  return TRUE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  struct text text = {NULL, 0, 0, FALSE};
  BOOL sent;

  append_variables(pECB, &text);
  sent = !text.failed && send_text(pECB, &text);
  free(text.data);
  return sent ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
