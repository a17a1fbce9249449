/* mod_hello.c - an Apache module that answers one line, the in-process peer of an extension. */
#include <string.h>

#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>

static const char greeting[] = "Hello from ISAPI\n";

static int answer(request_rec *request) {
  if (request->handler == NULL || strcmp(request->handler, "bench-hello") != 0)
    return DECLINED;
  ap_set_content_type(request, "text/plain; charset=utf-8");
  ap_set_content_length(request, sizeof greeting - 1);
  ap_rwrite(greeting, sizeof greeting - 1, request);
  return OK;
}

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_handler(answer, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(bench_hello) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0};
