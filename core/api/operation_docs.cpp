#include "core/api/operation_docs.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace sluice::api {
namespace {

#define SOURCE_ERRORS "10001 11010 11059 11060 11112 26007 40005 40006 40007"
// Of a task that has been created already: where it begins and its sources cannot change any more.
#define RULE_ERRORS                                                                      \
  "10001 20001 20004 20008 20013 20014 20020 20031 20033 20037 20044 20045 20053 20054 " \
  "20058 20062 20032 20039 20040 20041 20042 20063 20065 20066 20068 20069 26001 26002 40080"
#define CHECK_ERRORS RULE_ERRORS " 11059 11060"
#define TASK_ERRORS CHECK_ERRORS " 26005 46008"
#define HANDLING_ERRORS "38008 38033 40051 40054 40070 46008 46018"
#define STRUCTURE_ERRORS "38008 38033 40051 40054 40056 40070 46008 46018"

// In the order of the operation table. A test holds the two to each other.
const OperationDocs kDocs[] = {
    {"getClusterMasterList", "A master that does not answer is listed with alive: false.", ""},
    {"offlineMasterNode",
     "The last master that is alive is refused. One that was removed no longer leads, and /health of it says so.",
     "38048 49001"},
    {"getClusterWorkerList", "Offline workers stay listed until they are deleted.", ""},
    {"offlineWorkerNode", "Only a worker whose process has ended can be forgotten.", "46004 46005"},

    {"createSource",
     "Connects to the server and completes the definition (flavor, replica id) before it is stored, then binds it to a "
     "free worker; without one the source waits.",
     SOURCE_ERRORS " 46004 46007 46033"},
    {"getSourceList", "Sorted by name.", ""},
    {"getSource", "", "46008"},
    {"updateSource",
     "Replaces the whole definition; members left out fall back to their defaults, apart from secrets, which are kept.",
     SOURCE_ERRORS " 46008 46025 49001"},
    {"deleteSource", "With force, the source is taken out of its tasks first; a task goes with its last source.",
     "46008 46010"},
    {"getSourceStatus",
     "One entry for each worker that holds the source. Connects to the upstream: error_msg says why that fails.",
     "46008"},
    {"enableSource", "Every subtask of the source runs again, also one that was stopped.", "40070 46008"},
    {"disableSource", "", "46008"},
    {"enableRelay", "Watch the status of the source for the outcome.", "40070 46004 46008 46020 46021 46025 46030"},
    {"disableRelay", "Subtasks that read the relay log go on from the source itself.", "40070 46004 46008 46022 46031"},
    {"purgeRelay", "The file that is written or read now stays, and every later one.",
     "30035 30036 30037 30038 30039 30040 46008 49001"},
    {"transferSource", "Watch the list of workers for the outcome.", "46004 46006 46008 46019 46032"},
    {"getSourceSchemaList", "Read from the server now, system schemas included.", "10001 46008"},
    {"getSourceTableList", "As SHOW TABLES gives them, views included.", "10001 10005 46008"},

    {"createTask",
     "Validates, connects to the target, runs the pre-check, then stores the task, stopped. Nothing is stored when any "
     "step fails.",
     TASK_ERRORS " 46009 46014 46024"},
    {"checkTask",
     "Takes the body of createTask and answers 200 with what the pre-check found, whether it passed or not; refuses "
     "what "
     "createTask refuses before the pre-check. Stores nothing.",
     CHECK_ERRORS " 46008"},
    {"getTaskList", "Sorted by name.", "49001"},
    {"getTask", "", "46018"},
    {"updateTask",
     "table_migrate_rule, block_allow_list, binlog_filter_rule, expression_filter_rule, repl_threads and repl_batch "
     "may "
     "change, while every subtask is stopped and in the sync unit.",
     RULE_ERRORS " 26005 40081 46018 46034 46035 49001"},
    {"deleteTask", "Removes the task's metadata from the target unless keep_meta is given.", "46018 49001"},
    {"getTaskStatus", "One entry for each source of the task.", "46018 49001"},
    {"startTask", "Watch the status of the task for the outcome. A task that runs or has finished stays as it is.",
     "11058 20022 20060 20061 38058 46008 46018 46024 49001"},
    {"stopTask", "Subtasks that had been started show Paused afterwards.", "46017 46018 49001"},
    {"getTaskMigrateTargets", "Every table of the source that the rules select, with its target.",
     "38008 38033 40051 40054 40070 46008 46018 49001"},
    {"getSchemaListByTaskAndSource", "Needs a subtask that is paused, in the sync unit.", STRUCTURE_ERRORS},
    {"getTableListByTaskAndSource", "Needs a subtask that is paused, in the sync unit.", STRUCTURE_ERRORS " 44005"},
    {"getTableStructure", "Needs a subtask that is paused, in the sync unit.", STRUCTURE_ERRORS " 44015"},
    {"operateTableStructure", "Needs a subtask that is paused, in the sync unit. The target's table is not altered.",
     STRUCTURE_ERRORS " 44005 44007 44008 44009 44015 49001"},
    {"postTableStructure", "The same as PUT.", STRUCTURE_ERRORS " 44005 44007 44008 44009 44015 49001"},
    {"deleteTableStructure", "The next change of the table reads its structure anew.", STRUCTURE_ERRORS},

    {"getClusterInfo", "", ""},
    {"updateClusterInfo", "", "49001"},
    {"convertTask",
     "Changes nothing; the reply has both forms, secrets masked. The sources of the task must exist. What one of the "
     "forms cannot "
     "express is refused with 20003, naming key and line or the member.",
     "20003 46008 49001"},
    {"createTaskTemplate", "", "10001 20004 20008 20020 20050"},
    {"getTaskTemplateList", "Sorted by name.", ""},
    {"importTaskTemplate", "Existing templates count as failed unless overwrite is given.", ""},
    {"getTaskTemplate", "", "20051"},
    {"updateTaskTemplate", "", "20051 49001"},
    {"deleteTaskTemplate", "An unknown name is no error.", ""},
    {"getDocs", "Swagger UI with this description; works without internet access.", ""},
    {"getOpenApi", "OpenAPI 3.0, in the words of the dialect that the listener speaks.", ""},

    {"getErrorHandlings", "Answers while the subtask runs, too.", HANDLING_ERRORS},
    {"skipStatement",
     "Needs a subtask that is paused at a statement that failed. The tracked structure follows the statement all the "
     "same, since the rows behind it are read by it. The subtask goes on, unless resume is false or a user stopped it.",
     HANDLING_ERRORS " 40056 49001"},
    {"replaceStatement",
     "The target gets the given DDL statements, which name tables as the source does and are routed; the tracked "
     "structure follows the original.",
     HANDLING_ERRORS " 36067 40056 44015 49001"},
    {"injectStatements", "As replaceStatement, but the original follows them.",
     HANDLING_ERRORS " 36067 40056 44015 49001"},
    {"revertErrorHandlings", "Needs a paused subtask. The statement is tried again as it is when the subtask goes on.",
     HANDLING_ERRORS " 40056 49001"},
    {"pauseSubtask", "As stopping the task with this source alone in source_name_list.", "40054 46008 46018 49001"},
    {"resumeSubtask", "As starting the task with this source alone in source_name_list.",
     "20022 38058 40054 46008 46018"},

    {"getPluginList",
     "Every library that was found on the search paths, also one that was refused; each node answers for itself. "
     "Secret "
     "settings are marked, values are never shown.",
     ""},

    {"getHealth", "200 when healthy, else 503 with health: false.", ""},
    {"getStatus", "", ""},
    {"getMetrics", "", ""},
};

struct Meaning {
  int code;
  const char* text;
};

// The numbers above, ascending.
const Meaning kMeanings[] = {
    {10001, "the server cannot be reached or refuses the user"},
    {10005, "a query failed on the server"},
    {11010, "flavor is not supported, or not that of the server"},
    {11058, "the GTID set is invalid"},
    {11059, "the GTID set is invalid for MySQL"},
    {11060, "the GTID set is invalid for MariaDB"},
    {11112, "security holds invalid PEM"},
    {20001, "ignore_checking_items names an unknown item"},
    {20003, "the task file is no YAML, or says what cannot be expressed; or the task does"},
    {20004, "the task has no name"},
    {20008, "timezone is invalid"},
    {20013, "source_conf is empty"},
    {20014, "source_conf names a source twice"},
    {20020, "task_mode is unknown"},
    {20022, "an incremental task has neither a start position nor a checkpoint"},
    {20031, "a rule names a source that source_conf does not have"},
    {20032, "a rule is named twice"},
    {20033, "shard_mode is unknown"},
    {20037, "a binlog filter rule is invalid"},
    {20039, "an expression filter rule has expressions for several kinds of change"},
    {20040, "source_conf names an expression filter rule that does not exist"},
    {20041, "an expression is not understood"},
    {20042, "an expression filter rule has no schema or no table"},
    {20044, "a table pattern is invalid"},
    {20045, "a route is invalid"},
    {20050, "a template of this name exists"},
    {20051, "there is no template of this name"},
    {20053, "import_mode is unknown or impossible for the target"},
    {20054, "on_duplicate is unknown"},
    {20058, "data_dir is invalid"},
    {20060, "safe_mode_time_duration is no duration"},
    {20061, "safe_mode_time_duration 0 conflicts with safe_mode"},
    {20062, "on_duplicate_physical is unknown"},
    {20063, "checksum is unknown"},
    {20065, "analyze is unknown"},
    {20066, "strict_optimistic_shard_mode needs shard_mode optimistic"},
    {20068, "import-into takes one source without a shard mode"},
    {20069, "import-into needs a data_dir in shared storage"},
    {26001, "tables of the task are one table in the target, which does not tell letter case apart"},
    {26002, "the pre-check cannot connect to a source"},
    {26005, "the pre-check failed; the message lists the items"},
    {26007, "enable_gtid needs GTID_MODE = ON"},
    {30035, "a purge is running"},
    {30036, "the relay files are in use"},
    {30037, "a subtask may still need the files"},
    {30038, "no relay file is being written"},
    {30039, "relay_binlog_name is no name of a binlog file"},
    {30040, "there is no such relay folder"},
    {36067, "a statement cannot be read, or is no DDL"},
    {38048, "there is no master of this name"},
    {38008, "the worker is not alive"},
    {38033, "the worker did not answer in time"},
    {38058, "the source is disabled"},
    {40005, "source_name is empty"},
    {40006, "source_name is longer than 32 characters"},
    {40007, "relay_binlog_name is no name of a binlog file"},
    {40051, "the subtask is not paused"},
    {40054, "there is no such subtask on the worker"},
    {40056, "the subtask is not in the sync unit"},
    {40070, "the source is bound to no worker"},
    {40080, "two routes of one level match a table"},
    {40081, "only some members may change, and only in the sync unit"},
    {44005, "the subtask knows no such structure"},
    {44007, "the target has no such table, or its structure cannot be read"},
    {44008, "the text cannot be read"},
    {44009, "sql_content is not one CREATE TABLE statement"},
    {44015, "the subtask does not track the table"},
    {46004, "there is no worker of this name"},
    {46005, "the worker is still online"},
    {46006, "the worker is offline or bound to another source"},
    {46007, "a source of this name exists"},
    {46008, "there is no source of this name"},
    {46009, "a source of the task is bound to no worker"},
    {46010, "tasks use the source"},
    {46014, "a task of this name exists"},
    {46017, "source_name_list names a source that the task does not have"},
    {46018, "there is no task of this name"},
    {46019, "a running subtask is not in the sync unit"},
    {46020, "the worker pulls the relay log of another source"},
    {46021, "the worker is bound to another source"},
    {46022, "the worker pulls the relay log of another source"},
    {46024, "another request is at work on the same task"},
    {46025, "a task of the source runs, or its relay log is pulled"},
    {46030, "the relay log is pulled by itself already"},
    {46031, "the relay log is pulled by itself"},
    {46032, "running subtasks could not be paused"},
    {46033, "the worker is not free"},
    {46034, "the task has no subtask on a source of the body"},
    {46035, "a subtask runs, or its source is bound to no worker"},
    {49001, "the request is malformed; the message names the member"},
    {50000, "unclassified"},
};

}  // namespace

std::span<const OperationDocs> operation_docs() { return kDocs; }

const OperationDocs* find_operation_docs(std::string_view id) {
  const auto* it =
      std::find_if(std::begin(kDocs), std::end(kDocs), [&](const OperationDocs& docs) { return id == docs.id; });
  return it == std::end(kDocs) ? nullptr : it;
}

std::vector<int> documented_errors(std::string_view id) {
  std::vector<int> out;
  const OperationDocs* docs = find_operation_docs(id);
  std::istringstream codes(docs ? docs->errors : "");
  for (int code = 0; codes >> code;) out.push_back(code);
  std::sort(out.begin(), out.end());
  return out;
}

const char* error_meaning(int code) {
  const auto* it =
      std::find_if(std::begin(kMeanings), std::end(kMeanings), [&](const Meaning& m) { return m.code == code; });
  return it == std::end(kMeanings) ? "" : it->text;
}

}  // namespace sluice::api
