/* A filter decides whether a DDL statement or a kind of row change of a table is replicated. */
#pragma once

#include "sluice/abi/row.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_FILTER_INTERFACE "sluice.filter/1"

enum { SLUICE_PASS = 0, SLUICE_IGNORE = 1 };

/* The answer. `rule` names the rule that decided (instance memory); "" when none did. */
typedef struct sluice_verdict {
  uint32_t struct_size;
  int32_t action; /* SLUICE_PASS, SLUICE_IGNORE */
  sluice_str rule;
} sluice_verdict;

/* One clause of a DDL statement. */
typedef struct sluice_filter_statement {
  uint32_t struct_size;
  uint32_t reserved;
  sluice_str source;
  sluice_str schema; /* source names, before routing */
  sluice_str table;  /* "" for statements on a schema */
  const sluice_str *events; /* every event name that fits the clause, lower case: "alter table", "add column" */
  size_t event_count;
  sluice_str original_sql; /* the whole statement as the source wrote it, UTF-8 */
} sluice_filter_statement;

/* One batch of row changes of one table, for filters that look at values. */
typedef struct sluice_filter_rows {
  uint32_t struct_size;
  uint32_t reserved;
  const sluice_table *table;
  const sluice_row *rows;
  size_t row_count;
  uint8_t *actions; /* row_count entries, SLUICE_PASS on entry; the filter sets SLUICE_IGNORE where it drops */
  const sluice_arena *arena;
} sluice_filter_rows;

typedef struct sluice_filter_api {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any] */
  sluice_status (*decide_statement)(void *self, const sluice_filter_statement *statement, sluice_verdict *out,
                                    sluice_error *error)SLUICE_NOEXCEPT;
  /* For all changes of `kind` (SLUICE_INSERT ...) of a source table. The host caches the answer per
   * (source, schema, table, kind) for the life of the instance. [any] */
  sluice_status (*decide_rows)(void *self, sluice_str source, sluice_str schema, sluice_str table, int32_t kind,
                               sluice_verdict *out, sluice_error *error)SLUICE_NOEXCEPT;
  /* Optional (null = keep all): looks at each row of a batch. The rule reported is the instance's name. [any] */
  sluice_status (*filter_rows)(void *self, const sluice_filter_rows *rows, sluice_error *error)SLUICE_NOEXCEPT;
} sluice_filter_api;

#ifdef __cplusplus
}
#endif
