#include "core/api/openapi_types.hpp"

namespace sluice::api {

const char* const kSourceTypes = R"json({
  "Security": {
    "": {"description": "TLS towards a database: PEM contents, not file names. Null, absent or three empty contents mean no certificates. Replies show empty contents.", "nullable": true},
    "ssl_ca_content!": ["s", "CA certificate(s), PEM", {"example": ""}],
    "ssl_cert_content!": ["s", "Client certificate, PEM", {"example": ""}],
    "ssl_key_content!": ["s", "Key of the client certificate, PEM; secret", {"example": ""}],
    "cert_allowed_cn": ["[s]", "Acceptable common names of the server certificate; empty = no check", {"example": ["db.example"]}]
  },
  "Purge": {
    "": {"description": "When old relay files are removed in the background.", "nullable": true},
    "interval": ["i?", "Seconds between two checks", {"default": 3600, "minimum": 0, "example": 3600}],
    "expires": ["i?", "Hours since its last change after which an inactive relay file is removed; 0 = never", {"default": 0, "minimum": 0, "example": 0}],
    "remain_space": ["i?", "GB of free disk below which inactive relay files are removed; 0 = never", {"default": 15, "minimum": 0, "example": 15}]
  },
  "RelayConfig": {
    "": {"description": "Whether and from where the relay log is pulled.", "nullable": true},
    "enable_relay": ["b", "Pull the relay log by itself on the bound worker", {"default": false, "example": false}],
    "relay_binlog_name": ["s?", "First binlog file to pull, such as mysql-bin.000002", {"default": "", "example": "mysql-bin.000002"}],
    "relay_binlog_gtid": ["s?", "GTID set to begin at, used with enable_gtid", {"default": "", "example": ""}],
    "relay_dir": ["s?", "Folder on the worker", {"default": "", "example": "./relay_log"}]
  },
  "RelayStatus": {
    "": {"description": "How far the relay log of a source is."},
    "master_binlog!": ["s", "Position of the source now, (file, pos)", {"example": "(mysql-bin.000001, 1979)"}],
    "master_binlog_gtid!": ["s", "GTID set of the source now", {"example": "e9a1fc22-ec08-11e9-b2ac-0242ac110003:1-7849"}],
    "relay_dir!": ["s", "Sub-folder that is written now", {"example": "./sub_dir"}],
    "relay_binlog_gtid!": ["s", "GTID set received so far", {"example": "e9a1fc22-ec08-11e9-b2ac-0242ac110003:1-7845"}],
    "relay_catch_up_master!": ["b", "Everything of the source has been received", {"example": true}],
    "stage!": ["s", "Stage of the relay", {"example": "Running"}]
  },
  "SourceStatus": {
    "": {"description": "A source on one worker."},
    "source_name!": ["s", "Name of the source", {"example": "mysql-01"}],
    "worker_name!": ["s", "Worker that holds it, empty when it is bound to none", {"example": "worker-1"}],
    "relay_status": ["RelayStatus", "Absent when no relay runs there"],
    "error_msg": ["s", "Why the status could not be read, or the error of the relay; absent when fine"]
  },
  "Source": {
    "": {"description": "An upstream server. Replies mask the password."},
    "source_name!": ["s", "Unique name; cannot be changed", {"minLength": 1, "maxLength": 32, "example": "mysql-01"}],
    "host!": ["s", "Host name or address", {"minLength": 1, "example": "127.0.0.1"}],
    "port!": ["i", "TCP port", {"minimum": 1, "maximum": 65535, "example": 3306}],
    "user!": ["s", "User of the server", {"minLength": 1, "example": "root"}],
    "password": ["s?", "Password, in clear or encrypted with the key of this process. An update without it, or with ******, keeps the stored one.", {"default": "", "example": "123456"}],
    "enable": ["b", "The subtasks of a disabled source do not run", {"default": true, "example": true}],
    "enable_gtid": ["b", "Follow the binlog by GTID; needs gtid_mode=ON on MySQL", {"default": false, "example": false}],
    "flavor": ["s", "Kind of server, detected when absent", {"enum": ["mysql", "mariadb"], "example": "mysql"}],
    "security": "Security",
    "purge": "Purge",
    "relay_config": "RelayConfig",
    "case_sensitive+>": ["b", "Whether the server tells apart table names by case (lower_case_table_names = 0)", {"example": true}],
    "status_list>": ["[SourceStatus]", "Only with with_status=true, and in the docs dialect in the reply of a creation"],
    "task_name_list>": ["[s]", "Tasks that use the source; only with with_status=true", {"example": ["task-1"]}]
  },
  "CreateSourceRequest": {
    "": {"description": "The source, wrapped; the source alone is taken as well."},
    "source!": "Source",
    "worker_name": ["s", "Free worker to bind it to; absent = any", {"example": "worker-1"}]
  },
  "UpdateSourceRequest": {
    "": {"description": "The whole new definition, wrapped; the source alone is taken as well."},
    "source!": "Source"
  }
})json";

}  // namespace sluice::api
