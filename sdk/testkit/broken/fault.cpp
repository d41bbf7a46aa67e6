// The part of a broken plugin that differs: the name of its fault, and the entry.
#include "entry.hpp"

#ifndef SLUICE_FAULT_MAJOR
#define SLUICE_FAULT_MAJOR SLUICE_ABI_MAJOR
#endif

extern "C" {
extern const char* const sluice_fault;
const char* const sluice_fault = SLUICE_FAULT;

extern SLUICE_EXPORT const sluice_plugin_entry sluice_plugin_v1;
const sluice_plugin_entry sluice_plugin_v1 = {sizeof(sluice_plugin_entry),
                                              SLUICE_FAULT_MAJOR,
                                              SLUICE_ABI_MINOR,
                                              0,
                                              &reference_init,
                                              &reference_deinit,
                                              &reference_count,
                                              &reference_descriptor,
                                              &reference_create};

#ifdef SLUICE_FAULT_SECOND_SYMBOL
SLUICE_EXPORT int reference_helper(void);
int reference_helper(void) { return 1; }
#endif
}
