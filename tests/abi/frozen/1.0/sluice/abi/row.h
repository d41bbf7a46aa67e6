/* Values, rows, tables and batches: what flows from the host to filters and sinks. */
#pragma once

#include "sluice/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* sluice_value.kind. Unknown values must hit a default branch that refuses the row. */
enum {
  SLUICE_NULL = 0,
  SLUICE_INT = 1,       /* i: signed integer */
  SLUICE_UINT = 2,      /* u: unsigned integer */
  SLUICE_FLOAT = 3,     /* d: a 4-byte float, widened; print the shortest text that reads back as float */
  SLUICE_DOUBLE = 4,    /* d */
  SLUICE_DECIMAL = 5,   /* p,size: decimal text such as -12.340 */
  SLUICE_STRING = 6,    /* p,size: character data, bytes in the column's own charset */
  SLUICE_BYTES = 7,     /* p,size: BINARY (padded to its length), VARBINARY, BLOB */
  SLUICE_DATE = 8,      /* u: packed as DATETIME, time part 0 */
  SLUICE_TIME = 9,      /* i: signed microseconds; scale = fractional digits */
  SLUICE_DATETIME = 10, /* u: ((((year*13+month)<<5|day)<<17|hour<<12|minute<<6|second)<<24)|microsecond. Invalid
                           and zero dates keep their fields. scale = fractional digits */
  SLUICE_TIMESTAMP = 11, /* i: microseconds since 1970-01-01 00:00:00 UTC; 0 is the zero date. scale as above */
  SLUICE_YEAR = 12,     /* u: 0 or 1901..2155 */
  SLUICE_BIT = 13,      /* u: the bits as a number */
  SLUICE_ENUM = 14,     /* u: member index from 1; 0 is the empty error value */
  SLUICE_SET = 15,      /* u: bit mask of members */
  SLUICE_JSON = 16,     /* p,size: JSON text, utf8mb4 */
  SLUICE_GEOMETRY = 17, /* p,size: 4 bytes SRID (little endian) then WKB */
  SLUICE_VECTOR = 18,   /* p,size: little-endian 4-byte floats */
  SLUICE_TEXT = 19,     /* p,size: the value as MySQL prints it, for a column of non-string type (dump rows).
                           TIMESTAMP is printed in UTC; BIT and GEOMETRY arrive as SLUICE_BYTES instead */
  SLUICE_ABSENT = 20    /* the row image does not carry this column (generated column, minimal image) */
};

/* One value, 16 bytes. Frozen. Pointers are borrowed from the batch. */
typedef struct sluice_value {
  uint8_t kind;
  uint8_t scale;
  uint16_t reserved;
  uint32_t size;
  union {
    int64_t i;
    uint64_t u;
    double d;
    const char *p;
  } v;
} sluice_value;

/* sluice_column.flags */
#define SLUICE_COLUMN_UNSIGNED 1u
#define SLUICE_COLUMN_NOT_NULL 2u
#define SLUICE_COLUMN_GENERATED 4u /* computed by the server: never written */
#define SLUICE_COLUMN_AUTO_INCREMENT 8u
#define SLUICE_COLUMN_INVISIBLE 16u

typedef struct sluice_column {
  uint32_t struct_size;
  uint32_t flags;
  int32_t type; /* the value kind that this column's values have in row changes (SLUICE_INT ... SLUICE_VECTOR) */
  uint32_t reserved;
  sluice_str name;
  sluice_str type_text; /* as SHOW CREATE TABLE writes it, e.g. "bigint(20) unsigned", "enum('a','b')" */
  sluice_str charset;   /* "" for non-character types; "binary" for binary strings */
  sluice_str collation; /* "" when unknown or not a character type */
} sluice_column;

/* sluice_key.flags */
#define SLUICE_KEY_PRIMARY 1u
#define SLUICE_KEY_UNIQUE 2u
#define SLUICE_KEY_NOT_NULL 4u   /* all its columns are NOT NULL */
#define SLUICE_KEY_EXPRESSION 8u /* has a part that is an expression: `columns` lists the plain ones only */

typedef struct sluice_key {
  uint32_t struct_size;
  uint32_t flags;
  sluice_str name;
  const uint32_t *columns; /* indexes into the table's columns */
  const uint32_t *prefix;  /* characters (bytes for binary types); 0 = whole column; same count */
  size_t column_count;
} sluice_key;

/* A table as the row changes of a batch see it. `version` is unique per structure within the process: equal
 * version means equal structure, so that a sink may cache what it derives from it. */
typedef struct sluice_table {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t version;
  sluice_str schema; /* target names, after routing */
  sluice_str name;
  sluice_str source; /* source name, e.g. mysql-01 */
  sluice_str source_schema;
  sluice_str source_table;
  const sluice_column *columns;
  size_t column_count;
  size_t column_stride; /* bytes from one column to the next */
  const sluice_key *keys; /* primary key first, then unique keys; other indexes are not listed */
  size_t key_count;
  size_t key_stride;
} sluice_table;

enum { SLUICE_INSERT = 1, SLUICE_UPDATE = 2, SLUICE_DELETE = 3 };

/* One row change. Frozen. `before` is null for inserts, `after` for deletes; each points to one value per
 * column of its table. */
typedef struct sluice_row {
  uint8_t kind;
  uint8_t reserved[3];
  uint32_t table; /* index into the batch's tables */
  const sluice_value *before;
  const sluice_value *after;
} sluice_row;

/* A named text that the sink stores in the same transaction as the work it travels with. With `expect` set
 * (data non-null) the stored value must equal it, else nothing is applied and the call fails with FENCED; an
 * absent stored mark equals the empty text. A sink checks and locks marks before it applies rows, so that a
 * stale writer of the same mark is either finished or refused. */
typedef struct sluice_mark {
  sluice_str scope; /* "lane", "load", ... */
  sluice_str key;
  sluice_str expect;
  sluice_str value;
} sluice_mark;

#define SLUICE_BATCH_SAFE_MODE 1u /* REPLACE for inserts, DELETE+REPLACE for updates */

/* Row changes to be applied in order, in one transaction together with the marks. */
typedef struct sluice_batch {
  uint32_t struct_size;
  uint32_t flags;
  const sluice_table *const *tables;
  size_t table_count;
  const sluice_row *rows;
  size_t row_count;
  const sluice_mark *marks;
  size_t mark_count;
  const sluice_arena *arena;
} sluice_batch;

/* A piece of DDL (or one CREATE of the dump). Names in `sql` are already routed and rewritten. */
typedef struct sluice_statement {
  uint32_t struct_size;
  uint32_t flags; /* SLUICE_STATEMENT_* */
  sluice_str sql;
  sluice_str schema;    /* target schema to USE; "" = none */
  sluice_str table;     /* target table, "" for statements on a schema */
  sluice_str time_zone; /* of the event; "" = leave the session's */
  sluice_str charset;   /* character set of `sql`; "" = utf8mb4 */
  uint64_t sql_mode;    /* MySQL's bit mask, valid with SLUICE_STATEMENT_HAS_SQL_MODE */
  uint64_t timestamp_us; /* event time in microseconds since the epoch; 0 = now */
  const sluice_mark *marks; /* stored after the statement has been executed */
  size_t mark_count;
} sluice_statement;
#define SLUICE_STATEMENT_HAS_SQL_MODE 1u
#define SLUICE_STATEMENT_NO_FK_CHECKS 2u
/* Errors that say that the statement's effect is already there (object exists / is gone) count as success. */
#define SLUICE_STATEMENT_TOLERATE_DONE 4u

#ifdef __cplusplus
}
#endif
