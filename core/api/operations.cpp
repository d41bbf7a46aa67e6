#include "core/api/operations.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

constexpr const char* kErrors = "/tasks/{task-name}/sources/{source-name}/errors";
constexpr const char* kTable = "/tasks/{task-name}/sources/{source-name}/schemas/{schema-name}/{table-name}";

// The order is that of api.md 1.9. What an operation does stands in handlers.cpp; one without a handler there answers
// 501.
// clang-format off
const Operation kOperations[] = {
    {"getClusterMasterList", "cluster masters", "GET", "/cluster/masters", "List the masters", "", "", "[ClusterMaster]", 200, 200},
    {"offlineMasterNode", "cluster offline-master", "DELETE", "/cluster/masters/{master-name}", "Remove a master from the cluster", "dry_run:boolean", "", "", 204, 204},
    {"getClusterWorkerList", "cluster workers", "GET", "/cluster/workers", "List the workers", "", "", "[ClusterWorker]", 200, 200},
    {"offlineWorkerNode", "cluster offline-worker", "DELETE", "/cluster/workers/{worker-name}", "Forget an offline worker", "dry_run:boolean", "", "", 204, 204},

    {"createSource", "source create", "POST", "/sources", "Create a source", "dry_run:boolean", "CreateSourceRequest", "Source", 200, 201},
    {"getSourceList", "source list", "GET", "/sources", "List the sources", "with_status:boolean enable_relay:boolean", "", "[Source]", 200, 200},
    {"getSource", "source show", "GET", "/sources/{source-name}", "Get a source", "with_status:boolean", "", "Source", 200, 200, false, 46008},
    {"updateSource", "source update", "PUT", "/sources/{source-name}", "Replace the definition of a source", "dry_run:boolean", "UpdateSourceRequest", "Source", 200, 200},
    {"deleteSource", "source delete", "DELETE", "/sources/{source-name}", "Delete a source", "force:boolean dry_run:boolean", "", "", 204, 204},
    {"getSourceStatus", "source status", "GET", "/sources/{source-name}/status", "Get the status of a source", "", "", "[SourceStatus]", 200, 200},
    {"enableSource", "source enable", "POST", "/sources/{source-name}/enable", "Enable a source and run its subtasks", "dry_run:boolean", "", "", 200, 200},
    {"disableSource", "source disable", "POST", "/sources/{source-name}/disable", "Stop the subtasks of a source and disable it", "dry_run:boolean", "", "", 200, 200},
    {"enableRelay", "source enable-relay", "POST", "/sources/{source-name}/relay/enable", "Pull the relay log of a source", "", "EnableRelayRequest", "", 200, 200},
    {"disableRelay", "source disable-relay", "POST", "/sources/{source-name}/relay/disable", "Stop pulling the relay log of a source", "", "DisableRelayRequest", "", 200, 200},
    {"purgeRelay", "source purge-relay", "POST", "/sources/{source-name}/relay/purge", "Remove old relay files of a source", "", "PurgeRelayRequest", "", 200, 200},
    {"transferSource", "source transfer", "POST", "/sources/{source-name}/transfer", "Move a source to another worker", "dry_run:boolean", "WorkerNameRequest", "", 200, 200},
    {"getSourceSchemaList", "source schemas", "GET", "/sources/{source-name}/schemas", "List the schemas of a source", "", "", "Names", 200, 200},
    {"getSourceTableList", "source tables", "GET", "/sources/{source-name}/schemas/{schema-name}", "List the tables of a schema of a source", "", "", "Names", 200, 200},

    {"createTask", "task create", "POST", "/tasks", "Create a task", "dry_run:boolean", "CreateTaskRequest", "Task", 200, 201},
    {"checkTask", "task check", "POST", "/tasks/check", "Run the pre-check of a task and store nothing", "", "CreateTaskRequest", "PrecheckReport", 200, 200, true},
    {"getTaskList", "task list", "GET", "/tasks", "List the tasks", "with_status:boolean stage:string source_name_list:strings", "", "[Task]", 200, 200},
    {"getTask", "task show", "GET", "/tasks/{task-name}", "Get a task", "with_status:boolean", "", "Task", 200, 200, false, 46018},
    {"updateTask", "task update", "PUT", "/tasks/{task-name}", "Change the rules and the parallelism of a stopped task", "dry_run:boolean", "CreateTaskRequest", "Task", 200, 200},
    {"deleteTask", "task delete", "DELETE", "/tasks/{task-name}", "Stop a task and remove it", "force:boolean keep_meta:boolean dry_run:boolean", "", "", 204, 204},
    {"getTaskStatus", "task status", "GET", "/tasks/{task-name}/status", "Get the status of the subtasks of a task", "stage:string source_name_list:strings", "", "[SubTaskStatus]", 200, 200},
    {"startTask", "task start", "POST", "/tasks/{task-name}/start", "Start a task", "dry_run:boolean", "StartTaskRequest", "", 204, 200},
    {"stopTask", "task stop", "POST", "/tasks/{task-name}/stop", "Stop a task", "dry_run:boolean", "StopTaskRequest", "", 200, 200},
    {"getTaskMigrateTargets", "task targets", "GET", "/tasks/{task-name}/sources/{source-name}/migrate_targets", "List what a subtask migrates and where", "schema_pattern:string table_pattern:string", "", "[MigrateTarget]", 200, 200},
    {"getSchemaListByTaskAndSource", "task schemas", "GET", "/tasks/{task-name}/sources/{source-name}/schemas", "List the schemas that a subtask tracks", "", "", "Names", 200, 200},
    {"getTableListByTaskAndSource", "task tables", "GET", "/tasks/{task-name}/sources/{source-name}/schemas/{schema-name}", "List the tables that a subtask tracks", "", "", "Names", 200, 200},
    {"getTableStructure", "structure show", "GET", kTable, "Get a tracked table structure", "", "", "TableStructure", 200, 200},
    {"operateTableStructure", "structure replace", "PUT", kTable, "Replace a tracked table structure", "dry_run:boolean", "OperateTaskTableStructureRequest", "", 200, 200},
    {"postTableStructure", "structure set", "POST", kTable, "Replace a tracked table structure", "dry_run:boolean", "OperateTaskTableStructureRequest", "", 200, 200},
    {"deleteTableStructure", "structure delete", "DELETE", kTable, "Forget a tracked table structure", "dry_run:boolean", "", "", 200, 204},

    {"getClusterInfo", "cluster info", "GET", "/cluster/info", "Get the cluster id and the stored topology", "", "", "ClusterInfo", 200, 200},
    {"updateClusterInfo", "cluster set-info", "PUT", "/cluster/info", "Store the topology", "dry_run:boolean", "ClusterTopology", "ClusterInfo", 200, 200},
    {"convertTask", "task convert", "POST", "/tasks/converters", "Turn a task into a task file or back", "", "ConvertTaskRequest", "ConvertTaskRequest", 200, 201},
    {"createTaskTemplate", "template create", "POST", "/tasks/templates", "Store a task template", "dry_run:boolean", "Task", "Task", 201, 201},
    {"getTaskTemplateList", "template list", "GET", "/tasks/templates", "List the task templates", "", "", "[Task]", 200, 200},
    {"importTaskTemplate", "template import", "POST", "/tasks/templates/import", "Make a template of each task", "dry_run:boolean", "ImportTemplatesRequest", "ImportTemplatesReply", 202, 202},
    {"getTaskTemplate", "template show", "GET", "/tasks/templates/{task-name}", "Get a task template", "", "", "Task", 200, 200},
    {"updateTaskTemplate", "template update", "PUT", "/tasks/templates/{task-name}", "Replace a task template", "dry_run:boolean", "Task", "Task", 200, 200},
    {"deleteTaskTemplate", "template delete", "DELETE", "/tasks/templates/{task-name}", "Delete a task template", "dry_run:boolean", "", "", 204, 204},
    {"getDocs", "node docs", "GET", "/docs", "The documentation page", "", "", "Page", 200, 200},
    {"getOpenApi", "node openapi", "GET", "/dm.json", "This description", "", "", "Object", 200, 200},

    {"getErrorHandlings", "error list", "GET", kErrors, "List what was asked for statements and is pending", "", "", "[ErrorHandling]", 200, 200, true},
    {"skipStatement", "error skip", "POST", "/tasks/{task-name}/sources/{source-name}/errors/skip", "Pass over the statement at which a subtask stopped", "dry_run:boolean", "SkipRequest", "ErrorHandling", 200, 200, true},
    {"replaceStatement", "error replace", "POST", "/tasks/{task-name}/sources/{source-name}/errors/replace", "Execute other statements instead of the one at which a subtask stopped", "dry_run:boolean", "ReplaceRequest", "ErrorHandling", 200, 200, true},
    {"injectStatements", "error inject", "POST", "/tasks/{task-name}/sources/{source-name}/errors/inject", "Execute statements before the one at which a subtask stopped", "dry_run:boolean", "ReplaceRequest", "ErrorHandling", 200, 200, true},
    {"revertErrorHandlings", "error revert", "DELETE", kErrors, "Take back what is pending", "dry_run:boolean", "", "", 204, 204, true},
    {"pauseSubtask", "subtask pause", "POST", "/tasks/{task-name}/sources/{source-name}/pause", "Stop one subtask", "dry_run:boolean", "PauseRequest", "", 200, 200, true},
    {"resumeSubtask", "subtask resume", "POST", "/tasks/{task-name}/sources/{source-name}/resume", "Start one subtask", "dry_run:boolean", "", "", 200, 200, true},

    {"getPluginList", "plugin list", "GET", "/plugins", "List the plugins of the node that answers", "", "", "[Plugin]", 200, 200, true},

    {"getHealth", "node health", "GET", "//health", "Whether this node holds its lease and the store answers", "", "", "Health", 200, 200, true},
    {"getStatus", "node status", "GET", "//status", "Version and roles of this node", "", "", "NodeStatus", 200, 200, true},
    {"getMetrics", "node metrics", "GET", "//metrics", "Metrics in the Prometheus text format", "", "", "Text", 200, 200, true},
};
// clang-format on

}  // namespace

std::span<const Operation> operations() { return kOperations; }

bool takes_dry_run(const Operation& operation) {
  return std::string_view(operation.query).find("dry_run:") != std::string_view::npos;
}

const Operation* find_operation(std::string_view id) {
  const auto* end = std::end(kOperations);
  const auto* it = std::find_if(std::begin(kOperations), end, [&](const Operation& op) { return id == op.id; });
  return it == end ? nullptr : it;
}

}  // namespace sluice::api
