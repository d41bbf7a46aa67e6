#include "core/api/operations.hpp"

#include <algorithm>

#include "core/api/handlers.hpp"

namespace sluice::api {
namespace {

namespace h = handlers;

constexpr const char* kTable = "/tasks/{task-name}/sources/{source-name}/schemas/{schema-name}/{table-name}";

// The order is that of api.md 1.9. A null handler is an operation that answers 501.
// clang-format off
const Operation kOperations[] = {
    {"getClusterMasterList", "GET", "/cluster/masters", "List the masters", "", "", "[ClusterMaster]", 200, 200, h::list_masters},
    {"offlineMasterNode", "DELETE", "/cluster/masters/{master-name}", "Remove a master from the cluster", "", "", "", 204, 204, h::delete_master},
    {"getClusterWorkerList", "GET", "/cluster/workers", "List the workers", "", "", "[ClusterWorker]", 200, 200, h::list_workers},
    {"offlineWorkerNode", "DELETE", "/cluster/workers/{worker-name}", "Forget an offline worker", "", "", "", 204, 204, h::delete_worker},

    {"createSource", "POST", "/sources", "Create a source", "", "CreateSourceRequest", "Source", 200, 201, h::create_source},
    {"getSourceList", "GET", "/sources", "List the sources", "with_status:boolean enable_relay:boolean", "", "[Source]", 200, 200, h::list_sources},
    {"getSource", "GET", "/sources/{source-name}", "Get a source", "with_status:boolean", "", "Source", 200, 200, h::get_source, false, 46008},
    {"updateSource", "PUT", "/sources/{source-name}", "Replace the definition of a source", "", "UpdateSourceRequest", "Source", 200, 200, h::update_source},
    {"deleteSource", "DELETE", "/sources/{source-name}", "Delete a source", "force:boolean", "", "", 204, 204, h::delete_source},
    {"getSourceStatus", "GET", "/sources/{source-name}/status", "Get the status of a source", "", "", "[SourceStatus]", 200, 200, h::source_status},
    {"enableSource", "POST", "/sources/{source-name}/enable", "Enable a source and run its subtasks", "", "", "", 200, 200, h::enable_source},
    {"disableSource", "POST", "/sources/{source-name}/disable", "Stop the subtasks of a source and disable it", "", "", "", 200, 200, h::disable_source},
    {"enableRelay", "POST", "/sources/{source-name}/relay/enable", "Pull the relay log of a source", "", "EnableRelayRequest", "", 200, 200, nullptr},
    {"disableRelay", "POST", "/sources/{source-name}/relay/disable", "Stop pulling the relay log of a source", "", "DisableRelayRequest", "", 200, 200, nullptr},
    {"purgeRelay", "POST", "/sources/{source-name}/relay/purge", "Remove old relay files of a source", "", "PurgeRelayRequest", "", 200, 200, nullptr},
    {"transferSource", "POST", "/sources/{source-name}/transfer", "Move a source to another worker", "", "WorkerNameRequest", "", 200, 200, nullptr},
    {"getSourceSchemaList", "GET", "/sources/{source-name}/schemas", "List the schemas of a source", "", "", "Names", 200, 200, h::source_schemas},
    {"getSourceTableList", "GET", "/sources/{source-name}/schemas/{schema-name}", "List the tables of a schema of a source", "", "", "Names", 200, 200, h::source_tables},

    {"createTask", "POST", "/tasks", "Create a task", "", "CreateTaskRequest", "Task", 200, 201, h::create_task},
    {"getTaskList", "GET", "/tasks", "List the tasks", "with_status:boolean stage:string source_name_list:strings", "", "[Task]", 200, 200, h::list_tasks},
    {"getTask", "GET", "/tasks/{task-name}", "Get a task", "with_status:boolean", "", "Task", 200, 200, h::get_task, false, 46018},
    {"updateTask", "PUT", "/tasks/{task-name}", "Change the rules and the parallelism of a stopped task", "", "CreateTaskRequest", "Task", 200, 200, h::update_task},
    {"deleteTask", "DELETE", "/tasks/{task-name}", "Stop a task and remove it", "force:boolean keep_meta:boolean", "", "", 204, 204, h::delete_task},
    {"getTaskStatus", "GET", "/tasks/{task-name}/status", "Get the status of the subtasks of a task", "stage:string source_name_list:strings", "", "[SubTaskStatus]", 200, 200, h::task_status},
    {"startTask", "POST", "/tasks/{task-name}/start", "Start a task", "", "StartTaskRequest", "", 204, 200, h::start_task},
    {"stopTask", "POST", "/tasks/{task-name}/stop", "Stop a task", "", "StopTaskRequest", "", 200, 200, h::stop_task},
    {"getTaskMigrateTargets", "GET", "/tasks/{task-name}/sources/{source-name}/migrate_targets", "List what a subtask migrates and where", "schema_pattern:string table_pattern:string", "", "[MigrateTarget]", 200, 200, nullptr},
    {"getSchemaListByTaskAndSource", "GET", "/tasks/{task-name}/sources/{source-name}/schemas", "List the schemas that a subtask tracks", "", "", "Names", 200, 200, nullptr},
    {"getTableListByTaskAndSource", "GET", "/tasks/{task-name}/sources/{source-name}/schemas/{schema-name}", "List the tables that a subtask tracks", "", "", "Names", 200, 200, nullptr},
    {"getTableStructure", "GET", kTable, "Get a tracked table structure", "", "", "TableStructure", 200, 200, nullptr},
    {"operateTableStructure", "PUT", kTable, "Replace a tracked table structure", "", "OperateTaskTableStructureRequest", "", 200, 200, nullptr},
    {"postTableStructure", "POST", kTable, "Replace a tracked table structure", "", "OperateTaskTableStructureRequest", "", 200, 200, nullptr},
    {"deleteTableStructure", "DELETE", kTable, "Forget a tracked table structure", "", "", "", 200, 204, nullptr},

    {"getClusterInfo", "GET", "/cluster/info", "Get the cluster id and the stored topology", "", "", "ClusterInfo", 200, 200, nullptr},
    {"updateClusterInfo", "PUT", "/cluster/info", "Store the topology", "", "ClusterTopology", "ClusterInfo", 200, 200, nullptr},
    {"convertTask", "POST", "/tasks/converters", "Turn a task into a task file or back", "", "ConvertTaskRequest", "ConvertTaskRequest", 200, 201, nullptr},
    {"createTaskTemplate", "POST", "/tasks/templates", "Store a task template", "", "Task", "Task", 201, 201, nullptr},
    {"getTaskTemplateList", "GET", "/tasks/templates", "List the task templates", "", "", "[Task]", 200, 200, nullptr},
    {"importTaskTemplate", "POST", "/tasks/templates/import", "Make a template of each task", "", "ImportTemplatesRequest", "ImportTemplatesReply", 202, 202, nullptr},
    {"getTaskTemplate", "GET", "/tasks/templates/{task-name}", "Get a task template", "", "", "Task", 200, 200, nullptr},
    {"updateTaskTemplate", "PUT", "/tasks/templates/{task-name}", "Replace a task template", "", "Task", "Task", 200, 200, nullptr},
    {"deleteTaskTemplate", "DELETE", "/tasks/templates/{task-name}", "Delete a task template", "", "", "", 204, 204, nullptr},
    {"getDocs", "GET", "/docs", "The documentation page", "", "", "", 200, 200, nullptr},
    {"getOpenApi", "GET", "/dm.json", "This description", "", "", "Object", 200, 200, h::open_api},

    {"getHealth", "GET", "//health", "Whether this node holds its lease and the store answers", "", "", "Health", 200, 200, h::health, true},
    {"getStatus", "GET", "//status", "Version and roles of this node", "", "", "NodeStatus", 200, 200, h::status, true},
    {"getMetrics", "GET", "//metrics", "Metrics in the Prometheus text format", "", "", "Text", 200, 200, h::metrics, true},
};
// clang-format on

}  // namespace

std::span<const Operation> operations() { return kOperations; }

const Operation* find_operation(std::string_view id) {
  const auto* end = std::end(kOperations);
  const auto* it = std::find_if(std::begin(kOperations), end, [&](const Operation& op) { return id == op.id; });
  return it == end ? nullptr : it;
}

}  // namespace sluice::api
