/* What the host offers to plugins. */
#pragma once

#include "sluice/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Passed to init; static. Services are asked for by revisioned id; null means "not offered". */
typedef struct sluice_host {
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  sluice_str name;    /* "sluiced", "sluice-plugin-check" */
  sluice_str version;
  void *self;
  const void *(*get_service)(void *self, const char *id)SLUICE_NOEXCEPT; /* [any] */
} sluice_host;

#define SLUICE_LOG_SERVICE "sluice.log/1"
enum { SLUICE_LOG_TRACE = 0, SLUICE_LOG_DEBUG = 1, SLUICE_LOG_INFO = 2, SLUICE_LOG_WARN = 3, SLUICE_LOG_ERROR = 4 };
typedef struct sluice_log_field {
  const char *key; /* static, NUL-terminated */
  sluice_str value;
} sluice_log_field;
typedef struct sluice_host_log {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  uint8_t (*enabled)(void *self, int32_t level)SLUICE_NOEXCEPT; /* [any] */
  /* `instance` is the sluice_instance of the speaker, or null in init. [any] */
  void (*write)(void *self, const void *instance, int32_t level, sluice_str message, const sluice_log_field *fields,
                size_t field_count)SLUICE_NOEXCEPT;
} sluice_host_log;

#define SLUICE_METRICS_SERVICE "sluice.metrics/1"
typedef struct sluice_label {
  sluice_str name;
  sluice_str value;
} sluice_label;
typedef struct sluice_host_metrics {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  /* Names as Prometheus wants them; unknown series are created. [any] */
  void (*counter_add)(void *self, sluice_str name, const sluice_label *labels, size_t label_count,
                      double by)SLUICE_NOEXCEPT;
  void (*gauge_set)(void *self, sluice_str name, const sluice_label *labels, size_t label_count,
                    double to)SLUICE_NOEXCEPT;
} sluice_host_metrics;

#define SLUICE_CLOCK_SERVICE "sluice.clock/1"
typedef struct sluice_host_clock {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  int64_t (*wall_us)(void *self)SLUICE_NOEXCEPT;      /* microseconds since the epoch, UTC. [any] */
  int64_t (*monotonic_us)(void *self)SLUICE_NOEXCEPT; /* [any] */
} sluice_host_clock;

#define SLUICE_SECRETS_SERVICE "sluice.secrets/1"
typedef struct sluice_host_secrets {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  /* Opens a secret that was encrypted with the host's key; what is not encrypted comes back as it is. [any] */
  sluice_status (*reveal)(void *self, sluice_str text, const sluice_writer *out, sluice_error *error)SLUICE_NOEXCEPT;
} sluice_host_secrets;

/* ---- The API, for transports ------------------------------------------------------------------------- */

#define SLUICE_API_SERVICE "sluice.api/1"

typedef struct sluice_operation {
  uint32_t struct_size;
  uint32_t flags; /* SLUICE_OPERATION_* */
  sluice_str id;     /* e.g. createSource */
  sluice_str method; /* GET, POST, PUT, DELETE */
  sluice_str path;   /* template below the base path, e.g. /sources/{source-name}/status */
  sluice_str summary;
} sluice_operation;
#define SLUICE_OPERATION_NOT_BUILT 1u /* answers 501 */
#define SLUICE_OPERATION_EXTENSION 2u /* not part of DM's API */

typedef struct sluice_param {
  sluice_str name;
  sluice_str value;
} sluice_param;

typedef struct sluice_request {
  uint32_t struct_size;
  uint32_t reserved;
  sluice_str operation; /* id */
  sluice_str dialect;   /* "docs" or "spec" */
  const sluice_param *path_params; /* decoded */
  size_t path_param_count;
  const sluice_param *query; /* decoded, in order, names may repeat */
  size_t query_count;
  sluice_bytes body;
  sluice_str identity; /* who asks: client certificate CN or address; for the audit log */
  /* By which the client can repeat a write without repeating its effect: HTTP's Idempotency-Key, 1 to 255 visible ASCII
   * characters; empty = none. A transport that knows no such thing leaves it out. Since 1.1. */
  sluice_str idempotency_key;
} sluice_request;

/* The reply is given by calling `done` exactly once, before dispatch returns. `status` is the HTTP-like number of
 * the dialect (200, 201, 204, 400, 404, 501); a transport of another protocol maps it. `body` is JSON or empty. */
typedef struct sluice_reply_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  void (*done)(void *self, int32_t status, sluice_str content_type, sluice_str body)SLUICE_NOEXCEPT; /* [task] */
  /* Something to tell beside the reply, which HTTP sends as a header (Idempotency-Replayed: true). Any number of times
   * before `done`; both are visible ASCII. Null: the caller cannot pass it on, which is no error. Since 1.1. [task] */
  void (*header)(void *self, sluice_str name, sluice_str value)SLUICE_NOEXCEPT;
} sluice_reply_sink;

typedef struct sluice_host_api {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  size_t (*operation_count)(void *self)SLUICE_NOEXCEPT; /* [any] */
  /* Fills *out (struct_size set by the caller); strings are static. Returns 0, or SLUICE_FAILED past the end. [any] */
  sluice_status (*operation)(void *self, size_t index, sluice_operation *out)SLUICE_NOEXCEPT;
  /* Runs an operation; may block for as long as the operation does. [any] */
  void (*dispatch)(void *self, const sluice_request *request, const sluice_reply_sink *reply)SLUICE_NOEXCEPT;
  /* An error body of the dialect, for what a transport refuses by itself (404, 405, 413 ...). [any] */
  void (*refuse)(void *self, sluice_str dialect, int32_t status, int32_t number, sluice_str message,
                 const sluice_reply_sink *reply)SLUICE_NOEXCEPT;
  /* Moves with every change of the list of operations, which plugins make longer and shorter at run time; null: the
   * list never changes. Read it before the list. Since 1.1. [any] */
  uint64_t (*operations_revision)(void *self)SLUICE_NOEXCEPT;
} sluice_host_api;

/* ---- Operations contributed by plugins ------------------------------------------------------------------ */

/* Served below <base path>/plugins/<instance name, percent-encoded> from when `create` has returned until the instance is
 * destroyed, which waits for requests that are under way. The id (letters, digits, _ - .) and the pair of method and path
 * are unique within the instance; the path is of such segments too (and ~), or {parameter}. A handler answers before it
 * returns, once, with a status from 200 to 299 or from 400 to 599, and with nothing or a body, which is JSON when its
 * content type says so; anything else becomes an error of the host. */
#define SLUICE_OPERATIONS_SERVICE "sluice.operations/1"
typedef struct sluice_operation_handler {
  uint32_t struct_size;
  uint32_t reserved;
  sluice_operation operation; /* path below /plugins/{instance name} */
  void *self;                 /* instance */
  void (*handle)(void *self, const sluice_request *request, const sluice_reply_sink *reply)SLUICE_NOEXCEPT; /* [any] */
} sluice_operation_handler;
typedef struct sluice_host_operations {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  /* Only from within `create`; the operation lives as long as the instance. [control] */
  sluice_status (*add)(void *self, const void *instance, const sluice_operation_handler *handler,
                       sluice_error *error)SLUICE_NOEXCEPT;
} sluice_host_operations;

#ifdef __cplusplus
}
#endif
