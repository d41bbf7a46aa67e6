#pragma once

#include "core/api/call.hpp"

namespace sluice::api {

using Handler = Result<Reply> (*)(const Call&);

/// What runs an operation of the table; null = not built, it answers 501. REQUIRES: an element of operations().
Handler handler_of(const Operation& operation);

}  // namespace sluice::api

/// The functions behind the operation table, one file per group.
namespace sluice::api::handlers {

// source_operations.cpp
Result<Reply> create_source(const Call& call);
Result<Reply> list_sources(const Call& call);
Result<Reply> get_source(const Call& call);
Result<Reply> update_source(const Call& call);
Result<Reply> delete_source(const Call& call);
Result<Reply> source_status(const Call& call);
Result<Reply> enable_source(const Call& call);
Result<Reply> disable_source(const Call& call);
Result<Reply> transfer_source(const Call& call);
Result<Reply> source_schemas(const Call& call);
Result<Reply> source_tables(const Call& call);

// task_operations.cpp
Result<Reply> create_task(const Call& call);
Result<Reply> check_task(const Call& call);
Result<Reply> list_tasks(const Call& call);
Result<Reply> get_task(const Call& call);
Result<Reply> update_task(const Call& call);
Result<Reply> delete_task(const Call& call);
Result<Reply> task_status(const Call& call);
Result<Reply> start_task(const Call& call);
Result<Reply> stop_task(const Call& call);

// convert_operations.cpp
Result<Reply> convert_task(const Call& call);

// template_operations.cpp
Result<Reply> create_template(const Call& call);
Result<Reply> list_templates(const Call& call);
Result<Reply> get_template(const Call& call);
Result<Reply> update_template(const Call& call);
Result<Reply> delete_template(const Call& call);
Result<Reply> import_templates(const Call& call);

// structure_operations.cpp
Result<Reply> migrate_targets(const Call& call);
Result<Reply> tracked_schemas(const Call& call);
Result<Reply> tracked_tables(const Call& call);
Result<Reply> get_structure(const Call& call);
Result<Reply> set_structure(const Call& call);
Result<Reply> forget_structure(const Call& call);

// subtask_operations.cpp
Result<Reply> list_handlings(const Call& call);
Result<Reply> skip_statement(const Call& call);
Result<Reply> replace_statement(const Call& call);
Result<Reply> inject_statements(const Call& call);
Result<Reply> revert_handlings(const Call& call);
Result<Reply> pause_subtask(const Call& call);
Result<Reply> resume_subtask(const Call& call);

// cluster_operations.cpp
Result<Reply> list_masters(const Call& call);
Result<Reply> delete_master(const Call& call);
Result<Reply> list_workers(const Call& call);
Result<Reply> delete_worker(const Call& call);
Result<Reply> cluster_info(const Call& call);
Result<Reply> set_cluster_info(const Call& call);

// plugin_operations.cpp
Result<Reply> list_plugins(const Call& call);

// system_operations.cpp
Result<Reply> docs_page(const Call& call);
Result<Reply> open_api(const Call& call);
Result<Reply> health(const Call& call);
Result<Reply> status(const Call& call);
Result<Reply> metrics(const Call& call);

}  // namespace sluice::api::handlers
