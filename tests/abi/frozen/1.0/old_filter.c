/* A plugin as it was written against ABI 1.0: never edit it. A filter in plain C: ignores every DDL statement, passes
 * every row change. Without settings and state, so one table serves all instances. */
#include <string.h>

#include "sluice/abi/filter.h"
#include "sluice/abi/plugin.h"

static void say(sluice_error* error, const char* message) {
  if (error->struct_size < sizeof(sluice_error)) return;
  error->number = 50000;
  strcpy(error->error_class, "not-set");
  strcpy(error->scope, "internal");
  strcpy(error->level, "high");
  strcpy(error->message, message);
}

static sluice_status decide_statement(void* self, const sluice_filter_statement* statement, sluice_verdict* out,
                                      sluice_error* error) {
  static const char rule[] = "no-ddl";
  (void)self, (void)statement, (void)error;
  out->action = SLUICE_IGNORE;
  out->rule.data = rule;
  out->rule.len = sizeof rule - 1;
  return SLUICE_OK;
}

static sluice_status decide_rows(void* self, sluice_str source, sluice_str schema, sluice_str table, int32_t kind,
                                 sluice_verdict* out, sluice_error* error) {
  (void)self, (void)source, (void)schema, (void)table, (void)kind, (void)error;
  out->action = SLUICE_PASS;
  return SLUICE_OK;
}

static const sluice_filter_api api = {sizeof(sluice_filter_api), 0, decide_statement, decide_rows, NULL};
static const void* get_interface(void* self, const char* id) {
  (void)self;
  return strcmp(id, SLUICE_FILTER_INTERFACE) == 0 ? &api : NULL;
}
static void destroy(void* self) { (void)self; }

static const sluice_descriptor no_ddl = {
    sizeof(sluice_descriptor), 0, "filter", "no-ddl", "1.0.0", "Ignores every DDL statement.", NULL, 0,
    sizeof(sluice_setting)};
static sluice_status init(const sluice_host* host, sluice_error* error) { return (void)host, (void)error, SLUICE_OK; }
static void deinit(void) {}
static size_t count(void) { return 1; }
static const sluice_descriptor* descriptor(size_t index) { return index == 0 ? &no_ddl : NULL; }
static sluice_status create(const char* kind, const char* id, sluice_str config, sluice_instance* out,
                            sluice_error* error) {
  (void)config;
  if (strcmp(kind, "filter") != 0 || strcmp(id, "no-ddl") != 0) return say(error, "no such plugin here"), SLUICE_FAILED;
  out->self = NULL;
  out->get_interface = get_interface;
  out->destroy = destroy;
  return SLUICE_OK;
}

SLUICE_EXPORT const sluice_plugin_entry sluice_plugin_v1 = {
    sizeof(sluice_plugin_entry), SLUICE_ABI_MAJOR, SLUICE_ABI_MINOR, 0, init, deinit, count, descriptor, create};
