/* A filter as an older (SHORTER) or a newer (LONGER) minor of the ABI would have built it: its tables end earlier, or
 * go on behind what this SDK knows. */
#include <string.h>

#include "sluice/abi/filter.h"
#include "sluice/abi/plugin.h"

typedef struct table_with_room {
  sluice_filter_api api;
  unsigned char behind[48];
} table_with_room;
typedef struct descriptor_with_room {
  sluice_descriptor descriptor;
  unsigned char behind[48];
} descriptor_with_room;

static sluice_status decide_statement(void* self, const sluice_filter_statement* statement, sluice_verdict* out,
                                      sluice_error* error) {
  (void)self, (void)statement, (void)error;
  out->action = SLUICE_IGNORE;
  return SLUICE_OK;
}
static sluice_status decide_rows(void* self, sluice_str source, sluice_str schema, sluice_str table, int32_t kind,
                                 sluice_verdict* out, sluice_error* error) {
  (void)self, (void)source, (void)schema, (void)table, (void)kind, (void)error;
  out->action = SLUICE_PASS;
  return SLUICE_OK;
}
static sluice_status filter_rows(void* self, const sluice_filter_rows* rows, sluice_error* error) {
  (void)self, (void)rows, (void)error;
  return SLUICE_OK;
}

static table_with_room table = {{0, 0, decide_statement, decide_rows, filter_rows}, {0}};
static descriptor_with_room described = {
    {0, 0, "filter", "other-minor", "1.0.0", "Built for another minor.", NULL, 0, sizeof(sluice_setting)}, {0}};

static const void* get_interface(void* self, const char* id) {
  (void)self;
  return strcmp(id, SLUICE_FILTER_INTERFACE) == 0 ? &table : NULL;
}
static void destroy(void* self) { (void)self; }
static sluice_status init(const sluice_host* host, sluice_error* error) {
  (void)host, (void)error;
  memset(table.behind, 0xEE, sizeof table.behind);
  memset(described.behind, 0xEE, sizeof described.behind);
#ifdef SHORTER
  /* filter_rows is a function that this version has not heard of: what stands there is not to be called. */
  table.api.struct_size = offsetof(sluice_filter_api, filter_rows);
  described.descriptor.struct_size = sizeof(sluice_descriptor);
#else
  table.api.struct_size = sizeof table;
  described.descriptor.struct_size = sizeof described;
#endif
  return SLUICE_OK;
}
static void deinit(void) {}
static size_t count(void) { return 1; }
static const sluice_descriptor* descriptor(size_t index) { return index == 0 ? &described.descriptor : NULL; }
static sluice_status create(const char* kind, const char* id, sluice_str config, sluice_instance* out,
                            sluice_error* error) {
  (void)config;
  if (strcmp(kind, "filter") != 0 || strcmp(id, "other-minor") != 0) {
    if (error->struct_size < sizeof(sluice_error)) return SLUICE_FAILED;
    error->number = 50000;
    strcpy(error->message, "no such plugin here");
    return SLUICE_FAILED;
  }
  out->self = NULL;
  out->get_interface = get_interface;
  out->destroy = destroy;
  return SLUICE_OK;
}

#ifdef SHORTER
SLUICE_EXPORT const sluice_plugin_entry sluice_plugin_v1 = {
    sizeof(sluice_plugin_entry), SLUICE_ABI_MAJOR, 0, 0, init, deinit, count, descriptor, create};
#else
SLUICE_EXPORT const struct {
  sluice_plugin_entry entry;
  void (*unknown)(void);
} sluice_plugin_v1 = {{sizeof(sluice_plugin_entry) + sizeof(void (*)(void)), SLUICE_ABI_MAJOR, 7, 0, init, deinit,
                       count, descriptor, create},
                      deinit};
#endif
