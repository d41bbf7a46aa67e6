/* A host of ABI 1.0; see old_host.c. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

const void* old_host(void);                   /* a sluice_host */
unsigned int old_host_request_size(void);     /* struct_size of the last request */
unsigned int old_host_knows_of_request(void); /* what it reads of one */

#ifdef __cplusplus
}
#endif
