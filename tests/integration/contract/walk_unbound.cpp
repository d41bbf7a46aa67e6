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
  for (const auto& [id, body] : worker_commands()) api.refuses(id, 40070, {left, {}, body});
}

}  // namespace sluice::test
