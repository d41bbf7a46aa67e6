/* A sink writes to a downstream. An instance is one target; a writer is one session on it. */
#pragma once

#include "sluice/abi/row.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_SINK_INTERFACE "sluice.sink/1"
#define SLUICE_SINK_MARKS_INTERFACE "sluice.sink.marks/1"
#define SLUICE_SINK_CHECKPOINT_INTERFACE "sluice.sink.checkpoint/1"
#define SLUICE_SINK_STRUCTURE_INTERFACE "sluice.sink.structure/1"
#define SLUICE_SINK_CHECK_INTERFACE "sluice.sink.check/1"

/* sluice_sink_capabilities.flags */
#define SLUICE_SINK_TRANSACTIONS 1u /* a batch and its marks are atomic: delivery is exactly once */
#define SLUICE_SINK_DDL 2u          /* `execute` changes structures there (else it records the statement) */
#define SLUICE_SINK_BULK 4u         /* `load` has a path faster than `apply` */

typedef struct sluice_sink_capabilities {
  uint32_t struct_size;
  uint32_t flags;
  uint32_t max_writers; /* 0 = no limit */
  uint32_t reserved;
  sluice_str flavor;  /* "mysql", "mariadb", "tidb", "file" ...; instance memory */
  sluice_str version;
} sluice_sink_capabilities;

/* Counts of what an apply or a load did. */
typedef struct sluice_sink_result {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t rows;      /* row changes applied */
  uint64_t bytes;     /* bytes sent */
  uint64_t unmatched; /* updates and deletes that met no row */
} sluice_sink_result;

/* sluice_load.on_duplicate */
enum { SLUICE_DUPLICATE_REPLACE = 0, SLUICE_DUPLICATE_IGNORE = 1, SLUICE_DUPLICATE_ERROR = 2 };

/* Rows of one chunk of one table. The sink pulls them: `next` fills *values (row_count * column_count entries,
 * row after row, borrowed until the following call of next) and returns 0; row_count 0 is the end. On failure it
 * returns a status and fills `error`, and the sink rolls back and returns that status with that record. */
typedef struct sluice_load {
  uint32_t struct_size;
  int32_t on_duplicate;
  const sluice_table *table;
  void *self;
  sluice_status (*next)(void *self, const sluice_value **values, size_t *row_count, sluice_error *error)SLUICE_NOEXCEPT;
  const sluice_mark *marks; /* stored in the same transaction as the rows */
  size_t mark_count;
} sluice_load;

typedef struct sluice_sink_api {
  uint32_t struct_size;
  uint32_t reserved;
  /* May connect. [any] */
  sluice_status (*capabilities)(void *self, sluice_sink_capabilities *out, sluice_error *error)SLUICE_NOEXCEPT;
  /* [any] */
  sluice_status (*open_writer)(void *self, void **writer, sluice_error *error)SLUICE_NOEXCEPT;
  void (*close_writer)(void *self, void *writer)SLUICE_NOEXCEPT; /* [any] */
  /* All or nothing where TRANSACTIONS is set. [task] per writer, like all below */
  sluice_status (*apply)(void *self, void *writer, const sluice_batch *batch, sluice_sink_result *out,
                         sluice_error *error)SLUICE_NOEXCEPT;
  sluice_status (*execute)(void *self, void *writer, const sluice_statement *statement, sluice_error *error)SLUICE_NOEXCEPT;
  sluice_status (*load)(void *self, void *writer, const sluice_load *load, sluice_sink_result *out,
                        sluice_error *error)SLUICE_NOEXCEPT;
  /* Makes everything applied by this writer durable. */
  sluice_status (*flush)(void *self, void *writer, sluice_error *error)SLUICE_NOEXCEPT;
  /* Ends the calls in progress on all writers within a second; later calls return SLUICE_CANCELLED. [any] */
  void (*cancel)(void *self)SLUICE_NOEXCEPT;
} sluice_sink_api;

/* ---- Optional: the sink stores marks -------------------------------------------------------------------- */
typedef struct sluice_sink_marks_api {
  uint32_t struct_size;
  uint32_t reserved;
  /* Calls `each` for every mark of the scope ("" = all). Creates what it needs. [task] */
  sluice_status (*read)(void *self, void *writer, sluice_str scope, void *each_self,
                        void (*each)(void *each_self, const sluice_mark *mark)SLUICE_NOEXCEPT,
                        sluice_error *error)SLUICE_NOEXCEPT;
  /* Removes the marks of a scope, of all scopes with "". [task] */
  sluice_status (*clear)(void *self, void *writer, sluice_str scope, sluice_error *error)SLUICE_NOEXCEPT;
} sluice_sink_marks_api;

/* ---- Optional: checkpoints in DM's own tables (<meta_schema>.<task>_syncer_checkpoint) -------------------- */
typedef struct sluice_checkpoint {
  uint32_t struct_size;
  uint8_t is_global;
  uint8_t reserved[3];
  sluice_str source;
  sluice_str schema; /* source names; "" in the global row */
  sluice_str table;
  sluice_str binlog_name;
  uint64_t binlog_pos;
  sluice_str binlog_gtid;
  sluice_str exit_safe_binlog_name; /* "" = none */
  uint64_t exit_safe_binlog_pos;
  sluice_str exit_safe_binlog_gtid;
  sluice_str table_info; /* JSON, or "null" */
} sluice_checkpoint;

typedef struct sluice_sink_checkpoint_api {
  uint32_t struct_size;
  uint32_t reserved;
  /* Only rows of the instance's source. [task] */
  sluice_status (*read)(void *self, void *writer, void *each_self,
                        void (*each)(void *each_self, const sluice_checkpoint *row)SLUICE_NOEXCEPT,
                        sluice_error *error)SLUICE_NOEXCEPT;
  /* Upserts the rows and the marks in one transaction. [task] */
  sluice_status (*write)(void *self, void *writer, const sluice_checkpoint *rows, size_t row_count, size_t row_stride,
                         const sluice_mark *marks, size_t mark_count, sluice_error *error)SLUICE_NOEXCEPT;
  /* Deletes the table rows of one source table ("" "" = all rows of the source, the global one too). [task] */
  sluice_status (*remove)(void *self, void *writer, sluice_str schema, sluice_str table, sluice_error *error)SLUICE_NOEXCEPT;
  /* Drops all metadata of the task (every source). [task] */
  sluice_status (*drop_all)(void *self, void *writer, sluice_error *error)SLUICE_NOEXCEPT;
} sluice_sink_checkpoint_api;

/* ---- Optional: reading structures back -------------------------------------------------------------------- */
typedef struct sluice_sink_structure_api {
  uint32_t struct_size;
  uint32_t reserved;
  /* Writes the CREATE TABLE text; writes nothing when the table does not exist. [task] */
  sluice_status (*create_table)(void *self, void *writer, sluice_str schema, sluice_str table, const sluice_writer *out,
                                sluice_error *error)SLUICE_NOEXCEPT;
  /* Sets *has_rows to 1 when the table exists and holds at least one row. [task] */
  sluice_status (*has_rows)(void *self, void *writer, sluice_str schema, sluice_str table, uint8_t *has_rows,
                            sluice_error *error)SLUICE_NOEXCEPT;
} sluice_sink_structure_api;

/* ---- Optional: what a target is not ready for, asked before a task is stored ------------------------------ */
typedef struct sluice_sink_needs {
  uint32_t struct_size;
  uint32_t connections; /* sessions that the task opens at once; 0 = unknown */
  uint64_t max_packet;  /* the largest packet of the sources; 0 = unknown */
  const sluice_str *tables; /* schema, table, schema, table ...: what the task is known to write to */
  size_t table_count;
} sluice_sink_needs;

/* sluice_sink_finding.severity */
enum { SLUICE_FINDING_WARN = 1, SLUICE_FINDING_FAIL = 2 };

typedef struct sluice_sink_finding {
  uint32_t struct_size;
  int32_t severity;
  sluice_str item;   /* checking item: "target_privilege", "conn_number", "target_settings" ... */
  sluice_str object; /* what it is about: an account, a variable, a table */
  sluice_str what;
  sluice_str remedy; /* a statement that mends it, if there is one */
} sluice_sink_finding;

typedef struct sluice_sink_check_api {
  uint32_t struct_size;
  uint32_t reserved;
  /* Calls `each` for every finding; a target that is ready has none. Changes nothing there. [any] */
  sluice_status (*check)(void *self, const sluice_sink_needs *needs, void *each_self,
                         void (*each)(void *each_self, const sluice_sink_finding *finding)SLUICE_NOEXCEPT,
                         sluice_error *error)SLUICE_NOEXCEPT;
} sluice_sink_check_api;

#ifdef __cplusplus
}
#endif
