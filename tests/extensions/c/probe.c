/*
 * probe.c - does what the query says.
 *
 *   ecb              lines `field=value` of the control block
 *   sync             one synchronous write, with Content-Length: "sync\n"
 *   chunks=N         no Content-Length, N synchronous writes "chunk I\n", I from 0
 *   async=N          the same by asynchronous writes, each started in the completion of the one before
 *   read             reads the body with ReadClient, then a summary (see below)
 *   async-read       reads the body with HSE_REQ_ASYNC_READ_CLIENT, then a summary
 *   file=PATH        HSE_REQ_TRANSMIT_FILE with head and tail "tail\n"; also &offset=N &bytes=N;
 *                    Content-Length is not sent. PATH is taken as it stands, up to the next `&`
 *   done-early       another thread answers "done early\n" and sends HSE_REQ_DONE_WITH_SESSION before
 *                    HttpExtensionProc returns PENDING
 *   done=N           the same without an answer, with status N
 *   status=N         returns N from HttpExtensionProc; also &http=N (dwHttpStatusCode) and &send (text first)
 *   last-error       lines `case code` with GetLastError() after calls that the server must refuse
 *
 * Summary: "total=T available=A read=R sum=S\n". T is cbTotalBytes, A cbAvailable, R counts all bytes of the
 * body, S is their sum modulo 2^32. A refused asynchronous start answers "refused CODE\n", a completion with
 * an error "failed CODE\n". Any other query: 400.
 */
#include <httpext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#endif

/* A request under way. Freed right before the request is ended. */
struct task {
  EXTENSION_CONTROL_BLOCK *ecb;
  DWORD step, steps;
  DWORD read, sum;
  DWORD done_status;
  HSE_TF_INFO file;
  char buffer[4096];
};

/* ---- The query ---- */

/* What stands behind `name` or `name=` in the query; NULL where the query does not have it. */
static const char *parameter(const EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  size_t length = strlen(name);
  const char *at = ecb->lpszQueryString;

  while (at != NULL) {
    if (strncmp(at, name, length) == 0 && strchr("=&", at[length]) != NULL)
      return at[length] == '=' ? at + length + 1 : at + length;
    at = strchr(at, '&');
    at = at == NULL ? NULL : at + 1;
  }
  return NULL;
}

static DWORD number(const EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  const char *value = parameter(ecb, name);
  return value == NULL ? 0 : (DWORD)strtoul(value, NULL, 10);
}

/* ---- Sending ---- */

static BOOL support(EXTENSION_CONTROL_BLOCK *ecb, DWORD request, LPVOID buffer, LPDWORD size, LPVOID type) {
  return ecb->ServerSupportFunction(ecb->ConnID, request, buffer, size, (LPDWORD)type);
}

static BOOL send_head(EXTENSION_CONTROL_BLOCK *ecb, const char *status, const char *fields) {
  HSE_SEND_HEADER_EX_INFO head = {status, fields, (DWORD)strlen(status), (DWORD)strlen(fields), TRUE};
  return support(ecb, HSE_REQ_SEND_RESPONSE_HEADER_EX, &head, NULL, NULL);
}

static BOOL write_text(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  DWORD length = (DWORD)strlen(text);
  return ecb->WriteClient(ecb->ConnID, (LPVOID)text, &length, HSE_IO_SYNC);
}

/* A whole response. Answers what HttpExtensionProc may return. */
static DWORD respond(EXTENSION_CONTROL_BLOCK *ecb, const char *status, const char *text) {
  char fields[96];
  snprintf(fields, sizeof fields, "Content-Type: text/plain\r\nContent-Length: %u\r\n\r\n",
           (unsigned)strlen(text));
  return send_head(ecb, status, fields) && write_text(ecb, text) ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

static DWORD respond_code(EXTENSION_CONTROL_BLOCK *ecb, const char *what, DWORD code) {
  char text[64];
  snprintf(text, sizeof text, "%s %u\n", what, (unsigned)code);
  return respond(ecb, "200 OK", text);
}

static DWORD respond_summary(const struct task *task) {
  char text[128];
  snprintf(text, sizeof text, "total=%u available=%u read=%u sum=%u\n", (unsigned)task->ecb->cbTotalBytes,
           (unsigned)task->ecb->cbAvailable, (unsigned)task->read, (unsigned)task->sum);
  return respond(task->ecb, "200 OK", text);
}

/* ---- Tasks ---- */

static struct task *new_task(EXTENSION_CONTROL_BLOCK *ecb) {
  struct task *task = calloc(1, sizeof *task);
  if (task != NULL) {
    task->ecb = ecb;
    task->file.hFile = INVALID_HANDLE_VALUE;
  }
  return task;
}

static void close_file(HANDLE file) {
#ifdef _WIN32
  if (file != INVALID_HANDLE_VALUE)
    CloseHandle(file);
#else
  if (isapi_fd_from_handle(file) >= 0)
    close(isapi_fd_from_handle(file));
#endif
}

static void free_task(struct task *task) {
  close_file(task->file.hFile);
  free(task);
}

/* Ends a pending request. */
static void end(struct task *task, DWORD status) {
  EXTENSION_CONTROL_BLOCK *ecb = task->ecb;
  free_task(task);
  support(ecb, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
}

/*
 * Steps answer as HttpExtensionProc does: PENDING says that a completion comes and the task is its, any other
 * status that the request is to be ended with it.
 */
typedef DWORD (*step_function)(struct task *task);

static DWORD run(EXTENSION_CONTROL_BLOCK *ecb, step_function first) {
  struct task *task = new_task(ecb);
  DWORD status = task == NULL ? HSE_STATUS_ERROR : first(task);
  if (task != NULL && status != HSE_STATUS_PENDING)
    free_task(task);
  return status;
}

static void go_on(struct task *task, DWORD status) {
  if (status != HSE_STATUS_PENDING)
    end(task, status);
}

/* ---- async ---- */

static DWORD write_step(struct task *task) {
  EXTENSION_CONTROL_BLOCK *ecb = task->ecb;
  DWORD length;

  if (task->step == task->steps)
    return HSE_STATUS_SUCCESS;
  length = (DWORD)snprintf(task->buffer, sizeof task->buffer, "chunk %u\n", (unsigned)task->step++);
  return ecb->WriteClient(ecb->ConnID, task->buffer, &length, HSE_IO_ASYNC) ? HSE_STATUS_PENDING
                                                                            : HSE_STATUS_ERROR;
}

static VOID WINAPI on_written(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  struct task *task = context;
  BOOL whole = bytes == strlen(task->buffer);
  (void)ecb;
  go_on(task, error == ERROR_SUCCESS && whole ? write_step(task) : HSE_STATUS_ERROR);
}

static DWORD write_async(struct task *task) {
  task->steps = number(task->ecb, "async");
  if (!support(task->ecb, HSE_REQ_IO_COMPLETION, (LPVOID)on_written, NULL, task))
    return HSE_STATUS_ERROR;
  if (!send_head(task->ecb, "200 OK", "Content-Type: text/plain\r\n\r\n"))
    return HSE_STATUS_ERROR;
  return write_step(task);
}

/* ---- read, async-read ---- */

static void count(struct task *task, const void *data, DWORD length) {
  const BYTE *bytes = data;
  DWORD i;
  for (i = 0; i < length; i++)
    task->sum += bytes[i];
  task->read += length;
}

static DWORD read_sync(struct task *task) {
  EXTENSION_CONTROL_BLOCK *ecb = task->ecb;
  DWORD length = 0;

  count(task, ecb->lpbData, ecb->cbAvailable);
  while (task->read < ecb->cbTotalBytes) {
    length = sizeof task->buffer;
    if (!ecb->ReadClient(ecb->ConnID, task->buffer, &length))
      return respond_code(ecb, "failed", GetLastError());
    if (length == 0)
      break;
    count(task, task->buffer, length);
  }
  return respond_summary(task);
}

static DWORD read_step(struct task *task) {
  DWORD size = sizeof task->buffer;
  DWORD flags = HSE_IO_ASYNC;

  if (task->read >= task->ecb->cbTotalBytes)
    return respond_summary(task);
  if (!support(task->ecb, HSE_REQ_ASYNC_READ_CLIENT, task->buffer, &size, &flags))
    return respond_code(task->ecb, "refused", GetLastError());
  return HSE_STATUS_PENDING;
}

static VOID WINAPI on_read(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  struct task *task = context;
  if (error != ERROR_SUCCESS)
    return go_on(task, respond_code(ecb, "failed", error));
  count(task, task->buffer, bytes);
  go_on(task, bytes == 0 ? respond_summary(task) : read_step(task));
}

static DWORD read_async(struct task *task) {
  if (!support(task->ecb, HSE_REQ_IO_COMPLETION, (LPVOID)on_read, NULL, task))
    return HSE_STATUS_ERROR;
  count(task, task->ecb->lpbData, task->ecb->cbAvailable);
  return read_step(task);
}

/* ---- file ---- */

static HANDLE open_file(const char *path) {
#ifdef _WIN32
  return CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                     OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN | FILE_FLAG_OVERLAPPED, NULL);
#else
  return isapi_handle_from_fd(open(path, O_RDONLY | O_CLOEXEC));
#endif
}

static VOID WINAPI on_sent(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)ecb;
  (void)bytes;
  go_on(context, error == ERROR_SUCCESS ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR);
}

static DWORD transmit(struct task *task) {
  EXTENSION_CONTROL_BLOCK *ecb = task->ecb;
  HSE_TF_INFO *info = &task->file;
  const char *path = parameter(ecb, "file");

  snprintf(task->buffer, sizeof task->buffer, "%.*s", (int)strcspn(path, "&"), path);
  info->hFile = open_file(task->buffer);
  if (info->hFile == INVALID_HANDLE_VALUE)
    return respond(ecb, "404 Not Found", "no such file\n");
  info->pfnHseIO = on_sent;
  info->pContext = task;
  info->pszStatusCode = "200 OK";
  info->Offset = number(ecb, "offset");
  info->BytesToWrite = number(ecb, "bytes");
  info->pHead = "Content-Type: text/plain\r\n\r\n";
  info->HeadLength = (DWORD)strlen(info->pHead);
  info->pTail = "tail\n";
  info->TailLength = 5;
  info->dwFlags = HSE_IO_ASYNC | HSE_IO_SEND_HEADERS;
  if (!support(ecb, HSE_REQ_TRANSMIT_FILE, info, NULL, NULL))
    return respond_code(ecb, "refused", GetLastError());
  return HSE_STATUS_PENDING;
}

/* ---- done, done-early ---- */

#ifdef _WIN32
typedef HANDLE thread;
#define THREAD_MAIN(name) static DWORD WINAPI name(LPVOID argument)
static BOOL start(thread *id, DWORD(WINAPI *run_thread)(LPVOID), void *argument) {
  *id = CreateThread(NULL, 0, run_thread, argument, 0, NULL);
  return *id != NULL;
}
static void join(thread id) {
  WaitForSingleObject(id, INFINITE);
  CloseHandle(id);
}
#else
typedef pthread_t thread;
#define THREAD_MAIN(name) static void *name(void *argument)
static BOOL start(thread *id, void *(*run_thread)(void *), void *argument) {
  return pthread_create(id, NULL, run_thread, argument) == 0;
}
static void join(thread id) { pthread_join(id, NULL); }
#endif

THREAD_MAIN(answer_and_end) {
  struct task *task = argument;
  end(task, respond(task->ecb, "200 OK", "done early\n"));
  return 0;
}

THREAD_MAIN(only_end) {
  struct task *task = argument;
  end(task, task->done_status);
  return 0;
}

/* The joins make sure that the request is over when HttpExtensionProc returns. */

static DWORD done_early(struct task *task) {
  thread id;
  if (!start(&id, answer_and_end, task))
    return HSE_STATUS_ERROR;
  join(id);
  return HSE_STATUS_PENDING;
}

static DWORD done(struct task *task) {
  thread id;
  task->done_status = number(task->ecb, "done");
  if (!start(&id, only_end, task))
    return HSE_STATUS_ERROR;
  join(id);
  return HSE_STATUS_PENDING;
}

/* ---- The synchronous ones ---- */

static DWORD show_ecb(EXTENSION_CONTROL_BLOCK *ecb) {
  char text[4096];
  snprintf(text, sizeof text,
           "cbSize=%u\ndwVersion=%08x\ndwHttpStatusCode=%u\nlpszLogData=%.*s\nlpszMethod=%s\nlpszQueryString=%s\n"
           "lpszPathInfo=%s\nlpszPathTranslated=%s\ncbTotalBytes=%u\ncbAvailable=%u\nlpszContentType=%s\n",
           (unsigned)ecb->cbSize, (unsigned)ecb->dwVersion, (unsigned)ecb->dwHttpStatusCode, HSE_LOG_BUFFER_LEN,
           ecb->lpszLogData, ecb->lpszMethod, ecb->lpszQueryString, ecb->lpszPathInfo, ecb->lpszPathTranslated,
           (unsigned)ecb->cbTotalBytes, (unsigned)ecb->cbAvailable, ecb->lpszContentType);
  return respond(ecb, "200 OK", text);
}

static DWORD write_chunks(EXTENSION_CONTROL_BLOCK *ecb) {
  DWORD chunk, chunks = number(ecb, "chunks");
  char text[32];

  if (!send_head(ecb, "200 OK", "Content-Type: text/plain\r\n\r\n"))
    return HSE_STATUS_ERROR;
  for (chunk = 0; chunk < chunks; chunk++) {
    snprintf(text, sizeof text, "chunk %u\n", (unsigned)chunk);
    if (!write_text(ecb, text))
      return HSE_STATUS_ERROR;
  }
  return HSE_STATUS_SUCCESS;
}

static DWORD return_status(EXTENSION_CONTROL_BLOCK *ecb) {
  if (parameter(ecb, "http") != NULL)
    ecb->dwHttpStatusCode = number(ecb, "http");
  if (parameter(ecb, "send") != NULL && respond(ecb, "200 OK", "sent\n") != HSE_STATUS_SUCCESS)
    return HSE_STATUS_ERROR;
  return number(ecb, "status");
}

/* The code of a call that must answer FALSE. Set to 0 before, so an old one cannot pass for it. */
#define CODE(call) (SetLastError(0), (call) ? 0u : (unsigned)GetLastError())

static DWORD show_last_error(EXTENSION_CONTROL_BLOCK *ecb) {
  char small[1], text[512];
  DWORD zero = 0, one = 1, size = 1, async = HSE_IO_ASYNC, sync = HSE_IO_SYNC;
  HCONN forged = (BYTE *)ecb->ConnID + 1;
  unsigned unknown = CODE(ecb->GetServerVariable(ecb->ConnID, "NO_SUCH_VARIABLE", small, &one));
  unsigned too_small = CODE(ecb->GetServerVariable(ecb->ConnID, "REQUEST_METHOD", small, &size));
  unsigned no_connection = CODE(ecb->GetServerVariable(forged, "REQUEST_METHOD", small, &zero));
  unsigned no_request = CODE(support(ecb, 5000, NULL, NULL, NULL));
  unsigned no_callback = CODE(ecb->WriteClient(ecb->ConnID, small, &one, HSE_IO_ASYNC));
  unsigned read_no_callback = CODE(support(ecb, HSE_REQ_ASYNC_READ_CLIENT, small, &one, &async));
  unsigned read_not_async = CODE(support(ecb, HSE_REQ_ASYNC_READ_CLIENT, small, &one, &sync));

  snprintf(text, sizeof text,
           "unknown-variable %u\nsmall-buffer %u\nneeded-size %u\nforged-connection %u\nunknown-request %u\n"
           "write-without-callback %u\nread-without-callback %u\nread-not-async %u\n",
           unknown, too_small, (unsigned)size, no_connection, no_request, no_callback, read_no_callback,
           read_not_async);
  return respond(ecb, "200 OK", text);
}

/* ---- The exports ---- */

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  snprintf(pVer->lpszExtensionDesc, sizeof pVer->lpszExtensionDesc, "Probe in C");
  return TRUE;
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  if (parameter(pECB, "ecb"))
    return show_ecb(pECB);
  if (parameter(pECB, "sync"))
    return respond(pECB, "200 OK", "sync\n");
  if (parameter(pECB, "chunks"))
    return write_chunks(pECB);
  if (parameter(pECB, "async"))
    return run(pECB, write_async);
  if (parameter(pECB, "read"))
    return run(pECB, read_sync);
  if (parameter(pECB, "async-read"))
    return run(pECB, read_async);
  if (parameter(pECB, "file"))
    return run(pECB, transmit);
  if (parameter(pECB, "done-early"))
    return run(pECB, done_early);
  if (parameter(pECB, "done"))
    return run(pECB, done);
  if (parameter(pECB, "status"))
    return return_status(pECB);
  if (parameter(pECB, "last-error"))
    return show_last_error(pECB);
  return respond(pECB, "400 Bad Request", "no such query\n");
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
