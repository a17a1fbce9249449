/*
 * worker_thread.c - hands each request to a thread of its own.
 *
 * HttpExtensionProc puts the control block on a queue and returns HSE_STATUS_PENDING, so the server's
 * thread is free at once. The extension's thread takes it from there, answers, and ends the request with
 * HSE_REQ_DONE_WITH_SESSION.
 */
#include <httpext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The few thread functions needed, for both kinds of systems ---- */

static void serve_queue(void);

#ifdef _WIN32

static SRWLOCK queue_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE queue_changed = CONDITION_VARIABLE_INIT;
static HANDLE worker;

static void lock_queue(void) { AcquireSRWLockExclusive(&queue_lock); }
static void unlock_queue(void) { ReleaseSRWLockExclusive(&queue_lock); }
static void wait_for_change(void) { SleepConditionVariableSRW(&queue_changed, &queue_lock, INFINITE, 0); }
static void signal_change(void) { WakeConditionVariable(&queue_changed); }

static DWORD WINAPI worker_main(LPVOID unused) {
  (void)unused;
  serve_queue();
  return 0;
}

static BOOL start_worker(void) {
  worker = CreateThread(NULL, 0, worker_main, NULL, 0, NULL);
  return worker != NULL;
}

static void join_worker(void) {
  WaitForSingleObject(worker, INFINITE);
  CloseHandle(worker);
}

#else
#include <pthread.h>

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_changed = PTHREAD_COND_INITIALIZER;
static pthread_t worker;

static void lock_queue(void) { pthread_mutex_lock(&queue_lock); }
static void unlock_queue(void) { pthread_mutex_unlock(&queue_lock); }
static void wait_for_change(void) { pthread_cond_wait(&queue_changed, &queue_lock); }
static void signal_change(void) { pthread_cond_signal(&queue_changed); }

static void *worker_main(void *unused) {
  (void)unused;
  serve_queue();
  return NULL;
}

static BOOL start_worker(void) {
  if (pthread_create(&worker, NULL, worker_main, NULL) == 0)
    return TRUE;
  SetLastError(ERROR_NOT_ENOUGH_MEMORY);
  return FALSE;
}

static void join_worker(void) { pthread_join(worker, NULL); }

#endif

/* ---- The queue ---- */

struct job {
  EXTENSION_CONTROL_BLOCK *ecb;
  struct job *next;
};

/* All three under the lock. */
static struct job *first_job;
static struct job **last_link = &first_job;
static BOOL stopping;

static BOOL enqueue(EXTENSION_CONTROL_BLOCK *ecb) {
  struct job *job = malloc(sizeof *job);
  if (job == NULL)
    return FALSE;
  job->ecb = ecb;
  job->next = NULL;

  lock_queue();
  *last_link = job;
  last_link = &job->next;
  signal_change();
  unlock_queue();
  return TRUE;
}

/* The next request; NULL when the extension stops and none is left. */
static EXTENSION_CONTROL_BLOCK *dequeue(void) {
  EXTENSION_CONTROL_BLOCK *ecb = NULL;
  struct job *job;

  lock_queue();
  while (first_job == NULL && !stopping)
    wait_for_change();
  job = first_job;
  if (job != NULL) {
    first_job = job->next;
    if (first_job == NULL)
      last_link = &first_job;
  }
  unlock_queue();

  if (job != NULL)
    ecb = job->ecb;
  free(job);
  return ecb;
}

/* ---- The answer ---- */

static BOOL answer(EXTENSION_CONTROL_BLOCK *ecb) {
  static const char status[] = "200 OK";
  static const char body[] = "Answered by a worker thread\n";
  char fields[128];
  DWORD length = sizeof body - 1;
  HSE_SEND_HEADER_EX_INFO head;

  snprintf(fields, sizeof fields, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %u\r\n\r\n",
           (unsigned)length);
  head.pszStatus = status;
  head.cchStatus = sizeof status - 1;
  head.pszHeader = fields;
  head.cchHeader = (DWORD)strlen(fields);
  head.fKeepConn = TRUE;
  return ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER_EX, &head, NULL, NULL) &&
         ecb->WriteClient(ecb->ConnID, (LPVOID)body, &length, HSE_IO_SYNC);
}

static void serve_queue(void) {
  EXTENSION_CONTROL_BLOCK *ecb;

  while ((ecb = dequeue()) != NULL) {
    DWORD status = answer(ecb) ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
    /* The request's last call: the control block is the server's again. */
    ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
  }
}

/* ---- The exports ---- */

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) {
  pVer->dwExtensionVersion = HSE_VERSION;
  snprintf(pVer->lpszExtensionDesc, sizeof pVer->lpszExtensionDesc, "Worker thread sample");

  /* The server may load the extension again after TerminateExtension, in the same module. */
  stopping = FALSE;
  return start_worker();
}

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  /* Once it is queued the worker may have ended the request already: the block is not ours to touch. */
  return enqueue(pECB) ? HSE_STATUS_PENDING : HSE_STATUS_ERROR;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  lock_queue();
  stopping = TRUE;
  signal_change();
  unlock_queue();
  /* Without the join the thread could still run when its code is unmapped. */
  join_worker();
  return TRUE;
}
