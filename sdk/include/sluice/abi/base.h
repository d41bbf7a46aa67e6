/* The frozen small values, the error record and the words that every other header of the waist uses.
 *
 * The waist is C11 and C++20. Words beside pointers: **borrowed** (valid until the call returns; the default),
 * **arena** (until the batch's arena is reset), **instance** (until destroy), **static** (until deinit).
 * Neither side frees the other's memory. Every function pointer ends its comment with a thread tag:
 * [load] alone in the library; [control] one call at a time per instance; [task] one call at a time per
 * object, the OS thread may change between calls; [any] concurrent. No exception crosses.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SLUICE_ABI_MAJOR 1u
#define SLUICE_ABI_MINOR 1u

#ifdef __cplusplus
#define SLUICE_NOEXCEPT noexcept
extern "C" {
#else
#define SLUICE_NOEXCEPT
#endif

/* UTF-8 text, not NUL-terminated. `data` may be null only when `len` is 0. Frozen. */
typedef struct sluice_str {
  const char *data;
  size_t len;
} sluice_str;

/* Raw bytes. Frozen. */
typedef struct sluice_bytes {
  const uint8_t *data;
  size_t len;
} sluice_bytes;

/* Status of a fallible call. 0 is success; any other value means that the error record is filled. */
typedef int32_t sluice_status;
#define SLUICE_OK 0
#define SLUICE_FAILED 1
/* The call ended because `cancel` was called. Not an error of the data; the error record is filled too. */
#define SLUICE_CANCELLED 2

/* sluice_error.flags */
#define SLUICE_ERROR_RETRYABLE 1u       /* the same call may succeed later (connection lost, deadlock, busy) */
#define SLUICE_ERROR_TRUNCATED 2u       /* message or workaround was cut, at a UTF-8 boundary */
#define SLUICE_ERROR_OUTCOME_UNKNOWN 4u /* the work may or may not have been done (connection lost at COMMIT) */
#define SLUICE_ERROR_RECONNECT 8u       /* the writer is unusable; close it and open another */
#define SLUICE_ERROR_FENCED 16u         /* another writer moved this mark: this one must not go on */

#define SLUICE_ERROR_MESSAGE_SIZE 768
#define SLUICE_ERROR_WORKAROUND_SIZE 256

/* The error record. Owned by the caller, who sets struct_size and zeroes the rest; filled on failure, left
 * untouched on success. Texts are NUL-terminated UTF-8. Numbers are DM's (docs/errors.md). */
typedef struct sluice_error {
  uint32_t struct_size;
  int32_t number;     /* DM error code, e.g. 10006; 0 is not valid on failure */
  int32_t native;     /* the server's own number (MySQL errno), or 0 */
  uint32_t flags;     /* SLUICE_ERROR_* */
  char error_class[32]; /* DM class: database, functional, config, sync-unit, ... */
  char scope[16];       /* not-set, upstream, downstream, internal */
  char level[8];        /* low, medium, high */
  char message[SLUICE_ERROR_MESSAGE_SIZE];
  char workaround[SLUICE_ERROR_WORKAROUND_SIZE];
  /* Since 1.1. Of sluice_sink_writer apply: the row of the batch that was refused, from 1; the host then names its key.
   * 0 = not known, or no row is to blame. */
  uint64_t row;
} sluice_error;

/* One arena per batch in flight, owned by the host. `alloc` returns null only when memory ran out; size 0 is
 * valid. `align` is a power of two. Used only by the thread that holds the batch. Read-only for the plugin. */
typedef struct sluice_arena {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  void *(*alloc)(void *self, size_t size, size_t align)SLUICE_NOEXCEPT; /* [task] */
} sluice_arena;

/* Output of any length: the plugin calls `write` as often as it likes. Returns 0, or non-zero when the
 * receiver wants no more (the plugin then stops and returns SLUICE_CANCELLED). */
typedef struct sluice_writer {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  int32_t (*write)(void *self, const char *data, size_t len)SLUICE_NOEXCEPT; /* [task] */
} sluice_writer;

#ifdef __cplusplus
}
#endif
