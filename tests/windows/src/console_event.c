/*
 * console_event.c - starts a program, and lets it get what a console sends to its programs.
 *
 *   console_event.exe PROGRAM ARGUMENT...
 *
 * Each line on standard input is the number of an event: 0 CTRL_C_EVENT, 1 CTRL_BREAK_EVENT,
 * 2 CTRL_CLOSE_EVENT, 5 CTRL_LOGOFF_EVENT, 6 CTRL_SHUTDOWN_EVENT. Windows delivers an event by starting a
 * thread in CtrlRoutine of the program, and so does this: GenerateConsoleCtrlEvent knows the first two
 * only, and Wine 8 makes of the second the end of a thread.
 *
 * Ends with the exit code of the program. When it is killed, so is the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static int fail(const char *what) {
  fprintf(stderr, "console_event: %s failed with %lu\n", what, GetLastError());
  return 99;
}

/* What follows the first word of this program's own command line. */
static wchar_t *arguments(void) {
  wchar_t *line = GetCommandLineW();
  BOOL quoted = FALSE;
  for (; *line && (quoted || *line != L' '); line++)
    if (*line == L'"')
      quoted = !quoted;
  while (*line == L' ')
    line++;
  return line;
}

struct events {
  HANDLE process;
  LPTHREAD_START_ROUTINE routine;
};

/* Sends what is asked for on standard input. */
static DWORD WINAPI send_events(LPVOID parameter) {
  const struct events *events = parameter;
  char line[16];
  while (fgets(line, sizeof line, stdin)) {
    void *event = (void *)(ULONG_PTR)strtoul(line, NULL, 10);
    if (!CreateRemoteThread(events->process, NULL, 0, events->routine, event, 0, NULL))
      return (DWORD)fail("sending an event");
  }
  return 0;
}

int main(void) {
  STARTUPINFOW startup = {.cb = sizeof startup};
  PROCESS_INFORMATION process;
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit = {0};
  HANDLE job = CreateJobObjectW(NULL, NULL);
  LPTHREAD_START_ROUTINE routine =
      (LPTHREAD_START_ROUTINE)(void *)GetProcAddress(GetModuleHandleW(L"kernelbase.dll"), "CtrlRoutine");
  DWORD code;

  /* Standard input stays here: a program that shares it waits where this one reads. */
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
  startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  limit.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (!routine)
    return fail("finding CtrlRoutine");
  if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limit, sizeof limit))
    return fail("limiting the job");
  if (!CreateProcessW(NULL, arguments(), NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &process))
    return fail("starting the program");
  if (!AssignProcessToJobObject(job, process.hProcess))
    return fail("filling the job");
  ResumeThread(process.hThread);

  struct events events = {process.hProcess, routine};
  if (!CreateThread(NULL, 0, send_events, &events, 0, NULL))
    return fail("starting a thread");
  WaitForSingleObject(process.hProcess, INFINITE);
  if (!GetExitCodeProcess(process.hProcess, &code))
    return fail("asking for the exit code");
  return (int)code;
}
