/*
 * pending.c - keeps requests open. `?count` answers how many there are, `?release` completes them all from a
 * thread of its own and is answered with their number; every other request is kept.
 */
#include "answer.h"
#include <pthread.h>
#include <stdlib.h>

struct kept {
  EXTENSION_CONTROL_BLOCK *ecb;
  struct kept *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Both under the lock. */
static struct kept *first;
static unsigned count;

static BOOL keep(EXTENSION_CONTROL_BLOCK *ecb) {
  struct kept *kept = malloc(sizeof *kept);
  if (kept == NULL)
    return FALSE;
  kept->ecb = ecb;
  pthread_mutex_lock(&lock);
  kept->next = first;
  first = kept;
  count++;
  pthread_mutex_unlock(&lock);
  return TRUE;
}

static struct kept *take_all(unsigned *number) {
  struct kept *all;
  pthread_mutex_lock(&lock);
  all = first;
  *number = count;
  first = NULL;
  count = 0;
  pthread_mutex_unlock(&lock);
  return all;
}

static void *release(void *argument) {
  EXTENSION_CONTROL_BLOCK *asking = argument;
  unsigned number;
  struct kept *kept = take_all(&number);
  char text[32];

  while (kept != NULL) {
    struct kept *next = kept->next;
    DWORD status = send_text(kept->ecb, GREETING);
    done(kept->ecb, status);
    free(kept);
    kept = next;
  }
  snprintf(text, sizeof text, "%u\n", number);
  done(asking, send_text(asking, text));
  return NULL;
}

static DWORD start_release(EXTENSION_CONTROL_BLOCK *ecb) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, release, ecb) != 0)
    return HSE_STATUS_ERROR;
  pthread_detach(thread);
  return HSE_STATUS_PENDING;
}

static DWORD answer_count(EXTENSION_CONTROL_BLOCK *ecb) {
  char text[32];
  pthread_mutex_lock(&lock);
  snprintf(text, sizeof text, "%u\n", count);
  pthread_mutex_unlock(&lock);
  return send_text(ecb, text);
}

BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *pVer) { return describe(pVer, "Benchmark: pending requests"); }

DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *pECB) {
  if (strcmp(pECB->lpszQueryString, "count") == 0)
    return answer_count(pECB);
  if (strcmp(pECB->lpszQueryString, "release") == 0)
    return start_release(pECB);
  return keep(pECB) ? HSE_STATUS_PENDING : HSE_STATUS_ERROR;
}

BOOL WINAPI TerminateExtension(DWORD dwFlags) {
  (void)dwFlags;
  return TRUE;
}
