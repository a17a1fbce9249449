/*
 * raise.cpp - raises what the query says, and lets it escape.
 *
 *   throw            a C++ exception out of HttpExtensionProc
 *   throw-head       the same behind a head and the text "begun\n"
 *   throw-pending    the same with an asynchronous write pending, "pending\n"
 *   throw-done       the same behind the answer "done\n" and HSE_REQ_DONE_WITH_SESSION
 *   throw-callback   a C++ exception out of the completion callback of an asynchronous write, "sent\n"
 *   throw-thread     a C++ exception on a thread of its own
 *   throw-terminate  answers "will throw\n"; TerminateExtension throws
 *   catch            a C++ exception that it catches; answers "caught\n"
 *   raise=CODE       RaiseException(CODE), CODE in hexadecimal; answers "went on\n" if that returns
 *   null             writes to address 0
 *   null-callback    the same in the completion callback
 *   null-thread      the same on a thread of its own
 *   bad-buffer       has the server read from address 8 (WriteClient)
 *   divide           divides an integer by zero
 *   overflow         recurses without end
 *   breakpoint       stops at a breakpoint
 *   abort            calls abort()
 *   floating         unmasks all floating point exceptions and leaves it so; answers "unmasked\n"
 *   floating-pending the same without an answer, with an exception of x87 that the next user of x87 meets
 *   com              initialises COM for its thread and leaves it so; answers "initialised\n"
 *   com-balanced     initialises COM and undoes it; answers "undone\n"
 *   destroyed        answers "destroyed N\n": how many local objects were destroyed by unwinding
 *
 * Each function that is left holds a local object whose destructor counts, and adds one to dwHttpStatusCode.
 */
#include <httpext.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace {

volatile LONG destroyed;
volatile int zero;
bool throw_in_terminate;

class Local {
 public:
  explicit Local(EXTENSION_CONTROL_BLOCK *ecb) : ecb_(ecb) {}
  ~Local() {
    if (std::uncaught_exceptions() == 0) return;
    InterlockedIncrement(&destroyed);
    if (ecb_) ecb_->dwHttpStatusCode++;
  }
  Local(const Local &) = delete;
  Local &operator=(const Local &) = delete;

 private:
  EXTENSION_CONTROL_BLOCK *ecb_;
};

void write_null() { *reinterpret_cast<volatile int *>(zero) = 1; }

__attribute__((noinline)) int recurse(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return zero == 0 ? recurse(depth + 1) + frame[0] : 0;
}

DWORD write(EXTENSION_CONTROL_BLOCK *ecb, const char *text, DWORD flags = HSE_IO_SYNC) {
  DWORD length = static_cast<DWORD>(std::strlen(text));
  return ecb->WriteClient(ecb->ConnID, const_cast<char *>(text), &length, flags) ? HSE_STATUS_SUCCESS
                                                                               : HSE_STATUS_ERROR;
}

DWORD ask(EXTENSION_CONTROL_BLOCK *ecb, DWORD request, void *buffer) {
  return ecb->ServerSupportFunction(ecb->ConnID, request, buffer, nullptr, nullptr) ? HSE_STATUS_PENDING
                                                                                  : HSE_STATUS_ERROR;
}

void WINAPI throw_in_callback(EXTENSION_CONTROL_BLOCK *ecb, PVOID, DWORD, DWORD) {
  Local local(ecb);
  throw std::runtime_error("out of a callback");
}

void WINAPI null_in_callback(EXTENSION_CONTROL_BLOCK *, PVOID, DWORD, DWORD) { write_null(); }

void WINAPI ignore(EXTENSION_CONTROL_BLOCK *, PVOID, DWORD, DWORD) {}

DWORD write_with(EXTENSION_CONTROL_BLOCK *ecb, PFN_HSE_IO_COMPLETION callback, const char *text) {
  DWORD status = ask(ecb, HSE_REQ_IO_COMPLETION, reinterpret_cast<void *>(callback));
  if (status == HSE_STATUS_ERROR) return status;
  return write(ecb, text, HSE_IO_ASYNC) == HSE_STATUS_ERROR ? HSE_STATUS_ERROR : HSE_STATUS_PENDING;
}

DWORD WINAPI throw_on_thread(LPVOID) { throw std::runtime_error("on a thread"); }

DWORD WINAPI null_on_thread(LPVOID) {
  write_null();
  return 0;
}

/* The thread ends the process, so that nobody is waited for in vain. */
DWORD on_thread(LPTHREAD_START_ROUTINE run) {
  HANDLE thread = CreateThread(nullptr, 0, run, nullptr, 0, nullptr);
  if (!thread) return HSE_STATUS_ERROR;
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
  return HSE_STATUS_ERROR;
}

/* ole32.dll is loaded when it is wanted, as by extensions that create objects late. */
bool initialise_com(bool undo) {
  HMODULE ole32 = LoadLibraryW(L"ole32.dll");
  if (!ole32) return false;
  auto initialise = reinterpret_cast<HRESULT(WINAPI *)(LPVOID, DWORD)>(
      reinterpret_cast<void *>(GetProcAddress(ole32, "CoInitializeEx")));
  auto uninitialise =
      reinterpret_cast<void(WINAPI *)()>(reinterpret_cast<void *>(GetProcAddress(ole32, "CoUninitialize")));
  if (!initialise || !uninitialise || FAILED(initialise(nullptr, 2))) return false;
  if (undo) uninitialise();
  return true;
}

DWORD serve(EXTENSION_CONTROL_BLOCK *ecb) {
  Local local(ecb);
  const char *query = ecb->lpszQueryString;
  auto is = [query](const char *name) { return std::strcmp(query, name) == 0; };

  if (is("throw")) throw std::runtime_error("out of the call");
  if (is("throw-head")) {
    char head[] = "Content-Type: text/plain\r\nContent-Length: 100\r\n\r\n";
    char status[] = "200 OK";
    DWORD size = sizeof status - 1;
    auto *fields = reinterpret_cast<LPDWORD>(head);
    if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER, status, &size, fields))
      return HSE_STATUS_ERROR;
    write(ecb, "begun\n");
    throw std::runtime_error("behind the head");
  }
  if (is("throw-pending")) {
    write_with(ecb, ignore, "pending\n");
    throw std::runtime_error("while pending");
  }
  if (is("throw-done")) {
    DWORD status = HSE_STATUS_SUCCESS;
    write(ecb, "done\n");
    ask(ecb, HSE_REQ_DONE_WITH_SESSION, &status);
    throw std::runtime_error("after the end");
  }
  if (is("throw-callback")) return write_with(ecb, throw_in_callback, "sent\n");
  if (is("throw-thread")) return on_thread(throw_on_thread);
  if (is("throw-terminate")) {
    throw_in_terminate = true;
    return write(ecb, "will throw\n");
  }
  if (is("catch")) {
    try {
      throw std::runtime_error("caught");
    } catch (const std::exception &exception) {
      return write(ecb, "caught\n");
    }
  }
  if (std::strncmp(query, "raise=", 6) == 0) {
    RaiseException(std::strtoul(query + 6, nullptr, 16), 0, 0, nullptr);
    return write(ecb, "went on\n");
  }
  if (is("null")) write_null();
  if (is("null-callback")) return write_with(ecb, null_in_callback, "sent\n");
  if (is("null-thread")) return on_thread(null_on_thread);
  if (is("bad-buffer")) {
    DWORD length = 16;
    ecb->WriteClient(ecb->ConnID, reinterpret_cast<void *>(8 + static_cast<ULONG_PTR>(zero)), &length, HSE_IO_SYNC);
  }
  if (is("divide")) zero = 10 / zero;
  if (is("overflow")) return recurse(0);
  if (is("breakpoint")) DebugBreak();
  if (is("abort")) std::abort();
  if (is("floating")) {
    unsigned int control = 0;
    unsigned short x87 = 0x1372;
    __asm__ volatile("stmxcsr %0" : "=m"(control));
    control &= ~0x1F80u;
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(control), "m"(x87));
    return write(ecb, "unmasked\n");
  }
  if (is("floating-pending")) {
    unsigned short x87 = 0x1372;
    __asm__ volatile("fldcw %0\n\tfld1\n\tfchs\n\tfsqrt" : : "m"(x87));
    return HSE_STATUS_SUCCESS;
  }
  if (is("com")) return initialise_com(false) ? write(ecb, "initialised\n") : HSE_STATUS_ERROR;
  if (is("com-balanced")) return initialise_com(true) ? write(ecb, "undone\n") : HSE_STATUS_ERROR;
  if (is("destroyed")) {
    char line[32];
    std::snprintf(line, sizeof line, "destroyed %ld\n", static_cast<long>(destroyed));
    return write(ecb, line);
  }
  return HSE_STATUS_ERROR;
}

}  // namespace

extern "C" {

__declspec(dllexport) BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  std::strcpy(version->lpszExtensionDesc, "raises exceptions");
  return TRUE;
}

__declspec(dllexport) DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  Local local(ecb);
  return serve(ecb);
}

__declspec(dllexport) BOOL WINAPI TerminateExtension(DWORD) {
  if (throw_in_terminate) throw std::runtime_error("out of TerminateExtension");
  return TRUE;
}
}
