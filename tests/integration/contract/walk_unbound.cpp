#include <catch2/catch.hpp>

#include "tests/integration/contract/stage.hpp"

namespace sluice::test {

using model::Json;

/// The next process runs fewer workers: a source with a task has none then.
void walk_unbound(Stage& stage) {
  Contract& api = *stage.api;
  api.succeeds("createTask", {{}, {}, stage.task("left", "full", "gone")});
  stage.keep_one_worker();
  const Params left{{"task-name", "left"}, {"source-name", "gone"}, {"schema-name", "shop"}, {"table-name", "t"}};
  wait_until([&] { return api.ask("getErrorHandlings", {left}).text("error_code") == "40070"; }, 60s,
             "the source without a worker");
  const Json structure = Json::object().set("schema_source", "upstream");
  const Json statements = Json::object().set("sqls", Json::Array{Json("ALTER TABLE shop.t ADD KEY k (v)")});
  for (const auto& [id, body] : {std::pair<const char*, Json>{"getTaskMigrateTargets", Json()},
                                 {"getSchemaListByTaskAndSource", Json()},
                                 {"getTableListByTaskAndSource", Json()},
                                 {"getTableStructure", Json()},
                                 {"operateTableStructure", structure},
                                 {"postTableStructure", structure},
                                 {"deleteTableStructure", Json()},
                                 {"getErrorHandlings", Json()},
                                 {"skipStatement", Json::object()},
                                 {"replaceStatement", statements},
                                 {"injectStatements", statements},
                                 {"revertErrorHandlings", Json()}}) {
    api.refuses(id, 40070, {left, {}, body});
  }
}

}  // namespace sluice::test
