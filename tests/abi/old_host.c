/* A host of ABI 1.0 (its include path is that of the frozen headers), for plugins that are newer: its table of the API
 * ends where that of 1.0 ends, and it reads of a request what 1.0 knows. */
#include "old_host.h"

#include <string.h>

#include "sluice/abi/host.h"

#if SLUICE_ABI_MINOR != 0
#error "this is to be built with the headers of 1.0"
#endif

static struct {
  sluice_host_api api;
  unsigned char behind[64]; /* not to be called */
} table;
static sluice_host host;
static unsigned int request_size;

static size_t operation_count(void* self) {
  (void)self;
  return 1;
}
static sluice_status operation(void* self, size_t index, sluice_operation* out) {
  static const sluice_str id = {"createSource", 12}, method = {"POST", 4}, path = {"/sources", 8};
  (void)self;
  if (index > 0 || out->struct_size < sizeof *out) return SLUICE_FAILED;
  out->id = id;
  out->method = method;
  out->path = path;
  return SLUICE_OK;
}
static void dispatch(void* self, const sluice_request* request, const sluice_reply_sink* reply) {
  static const sluice_str type = {"application/json", 16};
  sluice_request known;
  (void)self;
  request_size = request->struct_size;
  memcpy(&known, request, request->struct_size < sizeof known ? request->struct_size : sizeof known);
  reply->done(reply->self, 200, type, known.identity);
}
static const void* get_service(void* self, const char* id) {
  (void)self;
  return strcmp(id, SLUICE_API_SERVICE) == 0 ? &table.api : NULL;
}

const void* old_host(void) {
  memset(&table, 0xEE, sizeof table);
  memset(&table.api, 0, sizeof table.api);
  table.api.struct_size = sizeof table.api;
  table.api.operation_count = operation_count;
  table.api.operation = operation;
  table.api.dispatch = dispatch;
  memset(&host, 0, sizeof host);
  host.struct_size = sizeof host;
  host.abi_major = SLUICE_ABI_MAJOR;
  host.get_service = get_service;
  return &host;
}
unsigned int old_host_request_size(void) { return request_size; }
unsigned int old_host_knows_of_request(void) { return sizeof(sluice_request); }
