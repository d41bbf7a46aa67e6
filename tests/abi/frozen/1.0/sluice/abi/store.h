/* A store holds the state of the system, in etcd's vocabulary: keys and values are bytes, every change raises one
 * store-wide revision, keys may hang on a lease. */
#pragma once

#include "sluice/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_STORE_INTERFACE "sluice.store/1"

typedef struct sluice_kv {
  sluice_bytes key;
  sluice_bytes value;
  int64_t create_revision;
  int64_t mod_revision;
  int64_t version; /* changes since creation; 1 = just created */
  int64_t lease;   /* 0 = none */
} sluice_kv; /* frozen */

/* sluice_compare.target / .result */
enum { SLUICE_COMPARE_VERSION = 0, SLUICE_COMPARE_CREATE = 1, SLUICE_COMPARE_MOD = 2, SLUICE_COMPARE_VALUE = 3 };
enum { SLUICE_EQUAL = 0, SLUICE_GREATER = 1, SLUICE_LESS = 2, SLUICE_NOT_EQUAL = 3 };
typedef struct sluice_compare {
  int32_t target;
  int32_t result;
  sluice_bytes key;
  int64_t number;     /* for VERSION, CREATE, MOD; a missing key has 0 everywhere */
  sluice_bytes value; /* for VALUE; a missing key makes the comparison false */
} sluice_compare; /* frozen */

enum { SLUICE_OP_PUT = 1, SLUICE_OP_DELETE = 2, SLUICE_OP_DELETE_PREFIX = 3 };
typedef struct sluice_store_op {
  int32_t op;
  uint32_t reserved;
  sluice_bytes key;
  sluice_bytes value;
  int64_t lease;
} sluice_store_op; /* frozen */

typedef struct sluice_txn {
  uint32_t struct_size;
  uint32_t reserved;
  const sluice_compare *compares; /* all must hold */
  size_t compare_count;
  const sluice_store_op *then_ops; /* no key twice */
  size_t then_count;
  const sluice_store_op *else_ops;
  size_t else_count;
} sluice_txn;

typedef struct sluice_watch_event {
  int32_t op; /* SLUICE_OP_PUT or SLUICE_OP_DELETE */
  uint32_t reserved;
  sluice_kv kv; /* for deletes: key and mod_revision only */
} sluice_watch_event; /* frozen */

typedef struct sluice_watcher {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  /* Events in revision order; those of one revision arrive in one call. Called on a thread of the store. [task] */
  void (*events)(void *self, const sluice_watch_event *events, size_t count)SLUICE_NOEXCEPT;
  /* The watch is over (compacted, connection lost, closed by the store): read again, then watch anew. [task] */
  void (*lost)(void *self, const sluice_error *error)SLUICE_NOEXCEPT;
} sluice_watcher;

typedef struct sluice_store_api {
  uint32_t struct_size;
  uint32_t reserved;
  /* All keys that start with `prefix` (exactly `prefix` when `exact` is 1), in byte order, as of one revision. [any] */
  sluice_status (*range)(void *self, sluice_bytes prefix, uint8_t exact, int64_t *revision, void *each_self,
                         void (*each)(void *each_self, const sluice_kv *kv)SLUICE_NOEXCEPT,
                         sluice_error *error)SLUICE_NOEXCEPT;
  /* Durable when it returns. *succeeded tells which list ran; *revision is the one after it. [any] */
  sluice_status (*txn)(void *self, const sluice_txn *txn, uint8_t *succeeded, int64_t *revision,
                       sluice_error *error)SLUICE_NOEXCEPT;
  /* Watches a prefix from a revision on (0 = from now). *watch is the handle for unwatch, which returns after the
   * last callback has ended (and must not be called from within one). [any] */
  sluice_status (*watch)(void *self, sluice_bytes prefix, int64_t from_revision, const sluice_watcher *watcher,
                         void **watch, sluice_error *error)SLUICE_NOEXCEPT;
  void (*unwatch)(void *self, void *watch)SLUICE_NOEXCEPT; /* [any] */
  /* Leases: keys attached to one vanish when it is not kept alive for ttl_ms, or is revoked. [any] */
  sluice_status (*lease_grant)(void *self, int64_t ttl_ms, int64_t *lease, sluice_error *error)SLUICE_NOEXCEPT;
  sluice_status (*lease_keep_alive)(void *self, int64_t lease, sluice_error *error)SLUICE_NOEXCEPT;
  sluice_status (*lease_revoke)(void *self, int64_t lease, sluice_error *error)SLUICE_NOEXCEPT;
} sluice_store_api;

#ifdef __cplusplus
}
#endif
