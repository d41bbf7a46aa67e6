/* A transport as it was built for ABI 1.0 (its include path is that of the frozen headers): asks the API when it is
 * started and says in the log what came. Its reply sink and its request end where those of 1.0 end. */
#include <stdio.h>
#include <string.h>

#include "sluice/abi/plugin.h"
#include "sluice/abi/transport.h"

#if SLUICE_ABI_MINOR != 0
#error "this is to be built with the headers of 1.0"
#endif

static const sluice_host_api* api;
static const sluice_host_log* host_log;

static sluice_str text(const char* data) {
  const sluice_str out = {data, strlen(data)};
  return out;
}

/* Behind it lies what a host must not take for a function. */
typedef struct sink_at_its_end {
  sluice_reply_sink sink;
  unsigned char behind[64];
} sink_at_its_end;
typedef struct request_at_its_end {
  sluice_request request;
  unsigned char behind[64];
} request_at_its_end;

static void done(void* self, int32_t status, sluice_str type, sluice_str body) {
  char line[200];
  (void)type;
  snprintf(line, sizeof line, "old transport: %s %d, %s", (const char*)self, (int)status,
           body.len > 0 && body.data[0] == '{' ? "an object" : "nothing");
  host_log->write(host_log->self, NULL, SLUICE_LOG_INFO, text(line), NULL, 0);
}

static void ask(const char* operation, const char* json) {
  sink_at_its_end out;
  request_at_its_end in;
  memset(&out, 0xEE, sizeof out);
  memset(&in, 0xEE, sizeof in);
  memset(&out.sink, 0, sizeof out.sink);
  memset(&in.request, 0, sizeof in.request);
  out.sink.struct_size = sizeof out.sink;
  out.sink.self = (void*)operation;
  out.sink.done = done;
  in.request.struct_size = sizeof in.request;
  in.request.operation = text(operation);
  in.request.dialect = text("docs");
  in.request.body.data = (const uint8_t*)json;
  in.request.body.len = strlen(json);
  in.request.identity = text("old");
  api->dispatch(api->self, &in.request, &out.sink);
}

static sluice_status start(void* self, sluice_error* error) {
  sluice_operation operation;
  (void)self, (void)error;
  memset(&operation, 0, sizeof operation);
  operation.struct_size = sizeof operation;
  if (api->operation_count(api->self) == 0 || api->operation(api->self, 0, &operation) != SLUICE_OK)
    return SLUICE_FAILED;
  ask("getSourceList", "");
  ask("updateClusterInfo", "{}");
  ask("updateClusterInfo", "{}");
  return SLUICE_OK;
}
static void stop(void* self, int64_t timeout_ms) { (void)self, (void)timeout_ms; }
static sluice_status address(void* self, const sluice_writer* out, sluice_error* error) {
  (void)self, (void)error;
  return out->write(out->self, "nowhere", 7) == 0 ? SLUICE_OK : SLUICE_FAILED;
}

static const sluice_transport_api table = {sizeof table, 0, start, stop, address};
static const sluice_descriptor described = {sizeof described,     0,    "transport", "old_transport",       "1.0.0",
                                            "Built for ABI 1.0.", NULL, 0,           sizeof(sluice_setting)};

static const void* get_interface(void* self, const char* id) {
  (void)self;
  return strcmp(id, SLUICE_TRANSPORT_INTERFACE) == 0 ? &table : NULL;
}
static void destroy(void* self) { (void)self; }
static sluice_status init(const sluice_host* host, sluice_error* error) {
  (void)error;
  api = host->get_service(host->self, SLUICE_API_SERVICE);
  host_log = host->get_service(host->self, SLUICE_LOG_SERVICE);
  return api && host_log ? SLUICE_OK : SLUICE_FAILED;
}
static void deinit(void) {}
static size_t count(void) { return 1; }
static const sluice_descriptor* descriptor(size_t index) { return index == 0 ? &described : NULL; }
static sluice_status create(const char* kind, const char* id, sluice_str config, sluice_instance* out,
                            sluice_error* error) {
  (void)kind, (void)id, (void)config, (void)error;
  out->self = NULL;
  out->get_interface = get_interface;
  out->destroy = destroy;
  return SLUICE_OK;
}

SLUICE_EXPORT const sluice_plugin_entry sluice_plugin_v1 = {
    sizeof(sluice_plugin_entry), SLUICE_ABI_MAJOR, SLUICE_ABI_MINOR, 0, init, deinit, count, descriptor, create};
