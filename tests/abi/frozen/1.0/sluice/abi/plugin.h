/* The entry point of a plugin library: one exported constant, `sluice_plugin_v1`. */
#pragma once

#include "sluice/abi/host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* sluice_setting.type */
enum {
  SLUICE_SETTING_STRING = 1,
  SLUICE_SETTING_INT = 2,
  SLUICE_SETTING_BOOL = 3,
  SLUICE_SETTING_DURATION = 4, /* Go style text, e.g. 30s; handed to the plugin as text */
  SLUICE_SETTING_BYTES = 5,    /* size such as 64MiB or a number; handed to the plugin as a number of bytes */
  SLUICE_SETTING_LIST = 6,     /* array of strings */
  SLUICE_SETTING_OBJECT = 7    /* any JSON value; the plugin validates it itself */
};
#define SLUICE_SETTING_REQUIRED 1u
#define SLUICE_SETTING_SECRET 2u
#define SLUICE_SETTING_CHANGEABLE 4u /* at run time */

typedef struct sluice_setting {
  uint32_t struct_size;
  int32_t type;
  uint32_t flags;
  uint32_t reserved;
  const char *name;          /* static, like all texts here */
  const char *unit;          /* "" or e.g. "rows" */
  const char *default_value; /* JSON text; "" = none */
  const char *minimum;       /* number as text for INT and BYTES; "" = none */
  const char *maximum;
  const char *help;          /* one line */
} sluice_setting;

/* One thing a library can create. Static. */
typedef struct sluice_descriptor {
  uint32_t struct_size;
  uint32_t reserved;
  const char *kind; /* "transport", "filter", "sink", "store" */
  const char *id;   /* what configuration names: "http", "mysql", "sqlite" */
  const char *version;
  const char *summary;
  const sluice_setting *settings;
  size_t setting_count;
  size_t setting_stride;
} sluice_descriptor;

/* A live object of a plugin. Made by create, undone by destroy and by nothing else. */
typedef struct sluice_instance {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  /* The table of an interface ("sluice.sink/1"), or null when not offered. Tables are instance memory. [any] */
  const void *(*get_interface)(void *self, const char *id)SLUICE_NOEXCEPT;
  void (*destroy)(void *self)SLUICE_NOEXCEPT; /* [control] */
} sluice_instance;

typedef struct sluice_plugin_entry {
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t needs_host_minor; /* smallest minor of the host that the plugin can work with */
  /* Called before anything else; may be called again after deinit. `host` is static. [load] */
  sluice_status (*init)(const sluice_host *host, sluice_error *error)SLUICE_NOEXCEPT;
  void (*deinit)(void)SLUICE_NOEXCEPT;                                        /* [load] */
  size_t (*count)(void)SLUICE_NOEXCEPT;                                       /* [any] */
  const sluice_descriptor *(*descriptor)(size_t index)SLUICE_NOEXCEPT;        /* null past the end. [any] */
  /* `config` is a JSON object in which every setting of the descriptor is present (or has no default and is not
   * required) and valid, plus "name", the instance's name. Fills *out, whose struct_size the caller set. [control] */
  sluice_status (*create)(const char *kind, const char *id, sluice_str config, sluice_instance *out,
                          sluice_error *error)SLUICE_NOEXCEPT;
} sluice_plugin_entry;

#if defined(_WIN32)
#define SLUICE_EXPORT __declspec(dllexport)
#else
#define SLUICE_EXPORT __attribute__((visibility("default")))
#endif
#define SLUICE_PLUGIN_SYMBOL "sluice_plugin_v1"

#ifdef __cplusplus
}
#endif
