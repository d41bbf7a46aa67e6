#include "core/api/openapi_types.hpp"

namespace sluice::api {

const char* const kSystemTypes = R"json({
  "Text": ["s", "Plain text"],
  "Page": ["s", "HTML"],
  "Object": {"": {"description": "Any object", "additionalProperties": true}},
  "Names": ["[s]", "Names, sorted", {"example": ["db1"]}],
  "ClusterMaster": {
    "": {"description": "A master of the cluster."},
    "name!": ["s", "Name", {"example": "master1"}],
    "alive!": ["b", "Whether it holds its lease", {"example": true}],
    "leader!": ["b", "Whether it leads", {"example": true}],
    "addr!": ["s", "Where clients reach it", {"example": "127.0.0.1:8261"}]
  },
  "ClusterWorker": {
    "": {"description": "A worker of the cluster."},
    "name!": ["s", "Name", {"example": "worker1"}],
    "addr!": ["s", "Its address", {"example": "127.0.0.1:8262"}],
    "bound_stage!": ["s", "What it does", {"enum": ["offline", "free", "bound", "relay"], "example": "bound"}],
    "bound_source_name!": ["s", "Source bound or relayed, empty when there is none", {"example": "mysql-01"}]
  },
  "NamedAddress": {
    "": {"description": "A node."},
    "name!": ["s", "Name", {"example": "master1"}],
    "host!": ["s", "Host", {"example": "127.0.0.1"}],
    "port!": ["i", "Port", {"minimum": 1, "maximum": 65535, "example": 8261}]
  },
  "Address": {
    "": {"description": "A service.", "nullable": true},
    "host!": ["s", "Host", {"example": "127.0.0.1"}],
    "port!": ["i", "Port", {"minimum": 1, "maximum": 65535, "example": 9090}]
  },
  "ClusterTopology": {
    "": {"description": "Stored and returned, never acted upon."},
    "master_topology_list": ["[NamedAddress]?", "Masters"],
    "worker_topology_list": ["[NamedAddress]?", "Workers"],
    "grafana_topology": ["Address", "Usual port 3000"],
    "prometheus_topology": ["Address", "Usual port 9090"],
    "alert_manager_topology": ["Address", "Usual port 9093"]
  },
  "ClusterInfo": {
    "": {"description": "The cluster."},
    "cluster_id!": ["i", "Drawn once, when the cluster was first started", {"format": "uint64", "example": 7051562531246907409}],
    "topology": ["ClusterTopology", "Absent until one is stored"]
  },
  "DryRunReply": {
    "": {"description": "The request is valid; nothing has been changed. An operation that would change nothing anyway says so as well.", "x-sluice-extension": true},
    "dry_run!": ["b", "Always true", {"enum": [true], "example": true}],
    "operation!": ["s", "What was asked for", {"example": "createTask"}],
    "message!": ["s", "The same in words", {"example": "valid: nothing has been changed"}]
  },
  "PluginSetting": {
    "": {"description": "A setting as the plugin declares it. Values are not shown."},
    "name!": ["s", "Name", {"example": "file"}],
    "type!": ["s", "Type", {"enum": ["string", "int", "bool", "duration", "bytes", "list", "object"], "example": "string"}],
    "required!": ["b", "Whether it must be given", {"example": true}],
    "secret!": ["b", "Whether its value is shown nowhere", {"example": false}],
    "changeable!": ["b", "Whether it may change while an instance lives", {"example": false}],
    "unit": ["s", "Unit of a number"],
    "default": ["s", "What holds when it is not given, as JSON text; absent when there is none, and for secrets"],
    "minimum": ["s", "Smallest number"],
    "maximum": ["s", "Greatest number"],
    "help!": ["s", "One line about it"]
  },
  "PluginOperation": {
    "": {"description": "An operation that an instance contributes to the API, as long as it lives."},
    "id!": ["s", "Name", {"example": "counts"}],
    "method!": ["s", "Method", {"enum": ["GET", "POST", "PUT", "DELETE"], "example": "GET"}],
    "path!": ["s", "Path below /api/v1", {"example": "/plugins/shop%2Fmysql-01%2Frow_counter/counts"}],
    "summary!": ["s", "One line about it"]
  },
  "PluginInstance": {
    "": {"description": "A living instance of a plugin."},
    "name!": ["s", "Its name: of stores and transports that of the configuration, of sinks task/source, of filters task/source/plugin", {"example": "shop/mysql-01"}],
    "created_at!": ["s", "When, in UTC", {"example": "2026-01-31T12:00:00Z"}],
    "healthy": ["b", "Whether it answers now; only of kinds that can be asked (stores)", {"example": true}],
    "problem": ["s", "What is wrong with it"],
    "operations": ["[PluginOperation]", "What it contributes to the API"]
  },
  "Plugin": {
    "": {"description": "A plugin, or a library that was refused.", "x-sluice-extension": true},
    "node!": ["s", "The node that answers; other nodes may have other plugins", {"example": "node1"}],
    "file!": ["s", "The library"],
    "state!": ["s", "refused: it was found and left out", {"enum": ["loaded", "refused"], "example": "loaded"}],
    "reason": ["s", "Why it was refused, and what to do"],
    "kind": ["s", "What it is; absent when it was refused, like all below", {"enum": ["transport", "filter", "sink", "store"], "example": "sink"}],
    "name": ["s", "What the configuration and tasks call it", {"example": "mysql"}],
    "version": ["s", "Its own version", {"example": "0.1.0"}],
    "abi": ["s", "Major and minor of the plugin interface it was built for", {"example": "1.0"}],
    "summary": ["s", "One line about it"],
    "settings": ["[PluginSetting]", "What can be set"],
    "instances": ["[PluginInstance]", "What lives now, the oldest first"]
  },
  "HealthPart": {
    "": {"description": "One thing that a node needs."},
    "healthy!": ["b", "Whether it is fine now", {"example": true}],
    "problem": ["s", "What is wrong with it"]
  },
  "HealthRole": {
    "": {"description": "A role of the process."},
    "role!": ["s", "Which", {"enum": ["master", "worker"], "example": "worker"}],
    "name!": ["s", "Its name in the cluster", {"example": "node1-2"}],
    "healthy!": ["b", "Whether it can do its work", {"example": true}],
    "leader": ["b", "Of a master: whether it leads", {"example": true}],
    "problem": ["s", "Why it cannot"]
  },
  "Health": {
    "": {"description": "Whether this node can do its work."},
    "health!": ["b", "Everything below is fine", {"example": true}],
    "store": ["HealthPart", "The state store: asked now, for three seconds at most"],
    "lease": ["HealthPart", "The lease by which the cluster knows that this node lives"],
    "loop": ["HealthPart", "The thread that turns desired into actual state"],
    "roles": ["[HealthRole]", "Master and workers of this process"]
  },
  "NodeStatus": {
    "": {"description": "This node."},
    "name!": ["s", "Name", {"example": "node1"}],
    "version!": ["s", "Version of the program", {"example": "0.1.0"}],
    "roles!": ["[s]", "master, worker", {"example": ["master", "worker"]}],
    "healthy!": ["b", "As GET /health says", {"example": true}]
  },
  "ErrorWithMessage": {
    "": {"description": "Every refusal."},
    "error_msg!": ["s", "One line: number, what, why, what to do", {"example": "[code=46008:class=scheduler:scope=internal:level=medium], Message: source config with ID mysql-01 not exists"}],
    "error_code!": ["s", "DM's number of the error"],
    "errors+": ["[ErrorObject]", "The same in parts"]
  }
})json";

}  // namespace sluice::api
