#include "core/api/handlers.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::api {
namespace {

struct Binding {
  const char* id;
  Handler handler;
};

/// One line for each operation that is built; its other properties are in the table (operations.cpp).
std::vector<Binding> bindings() {
  using namespace handlers;
  // clang-format off
  return {
    {"getClusterMasterList", list_masters},
    {"offlineMasterNode", delete_master},
    {"getClusterWorkerList", list_workers},
    {"offlineWorkerNode", delete_worker},
    {"getClusterInfo", cluster_info},
    {"updateClusterInfo", set_cluster_info},
    {"createSource", create_source},
    {"getSourceList", list_sources},
    {"getSource", get_source},
    {"updateSource", update_source},
    {"deleteSource", delete_source},
    {"getSourceStatus", source_status},
    {"enableSource", enable_source},
    {"disableSource", disable_source},
    {"transferSource", transfer_source},
    {"getSourceSchemaList", source_schemas},
    {"getSourceTableList", source_tables},
    {"createTask", create_task},
    {"checkTask", check_task},
    {"getTaskList", list_tasks},
    {"getTask", get_task},
    {"updateTask", update_task},
    {"deleteTask", delete_task},
    {"getTaskStatus", task_status},
    {"startTask", start_task},
    {"stopTask", stop_task},
    {"convertTask", convert_task},
    {"createTaskTemplate", create_template},
    {"getTaskTemplateList", list_templates},
    {"importTaskTemplate", import_templates},
    {"getTaskTemplate", get_template},
    {"updateTaskTemplate", update_template},
    {"deleteTaskTemplate", delete_template},
    {"getDocs", docs_page},
    {"getTaskMigrateTargets", migrate_targets},
    {"getSchemaListByTaskAndSource", tracked_schemas},
    {"getTableListByTaskAndSource", tracked_tables},
    {"getTableStructure", get_structure},
    {"operateTableStructure", set_structure},
    {"postTableStructure", set_structure},
    {"deleteTableStructure", forget_structure},
    {"getOpenApi", open_api},
    {"getErrorHandlings", list_handlings},
    {"skipStatement", skip_statement},
    {"replaceStatement", replace_statement},
    {"injectStatements", inject_statements},
    {"revertErrorHandlings", revert_handlings},
    {"pauseSubtask", pause_subtask},
    {"resumeSubtask", resume_subtask},
    {"getPluginList", list_plugins},
    {"getHealth", health},
    {"getStatus", status},
    {"getMetrics", metrics},
  };
  // clang-format on
}

/// The handlers in the order of the table.
std::vector<Handler> in_table_order() {
  std::vector<Handler> out(operations().size(), nullptr);
  for (const Binding& binding : bindings()) {
    const Operation* operation = find_operation(binding.id);
    if (!operation) throw std::logic_error(std::string("a handler of no operation: ") + binding.id);
    out[static_cast<size_t>(operation - operations().data())] = binding.handler;
  }
  return out;
}

}  // namespace

Handler handler_of(const Operation& operation) {
  static const std::vector<Handler> handlers = in_table_order();
  return handlers[static_cast<size_t>(&operation - operations().data())];
}

}  // namespace sluice::api
