/* A transport carries API requests into the host. It asks for "sluice.api/1". */
#pragma once

#include "sluice/abi/host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_TRANSPORT_INTERFACE "sluice.transport/1"

typedef struct sluice_transport_api {
  uint32_t struct_size;
  uint32_t reserved;
  /* Binds and begins to serve; returns when requests are accepted. [control] */
  sluice_status (*start)(void *self, sluice_error *error)SLUICE_NOEXCEPT;
  /* Accepts no more, waits for requests in progress up to timeout_ms, then cuts them off. May be called twice and
   * without start. [control] */
  void (*stop)(void *self, int64_t timeout_ms)SLUICE_NOEXCEPT;
  /* Writes the address in use, e.g. 127.0.0.1:8261, so that port 0 can be used. [control & started] */
  sluice_status (*address)(void *self, const sluice_writer *out, sluice_error *error)SLUICE_NOEXCEPT;
} sluice_transport_api;

#ifdef __cplusplus
}
#endif
