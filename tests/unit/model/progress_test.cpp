#include "core/model/progress.hpp"

#include <catch2/catch.hpp>

#include "core/model/status_json.hpp"

using namespace sluice;

namespace {

std::string text_of(const model::SubtaskStatus& status) { return model::to_text(model::write_status(status)); }

}  // namespace

TEST_CASE("model: progress and lag survive the way through the store", "[unit][model]") {
  model::SubtaskStatus status;
  status.task = "shop";
  status.stage = model::Stage::Running;
  model::Progress progress;
  progress.rows = 7;
  progress.estimated_rows = 20;
  progress.bytes = 700;
  progress.remaining_bytes = 1300;
  progress.rows_per_second = 3;
  progress.bytes_per_second = 300;
  progress.remaining_seconds = 5;
  progress.tables_total = 2;
  progress.tables_done = 1;
  progress.tables.push_back({"s", "t", "running", 7, 20, 700, "35.00 %", 5});
  progress.tables.push_back({"s", "u", "following", 1, 0, 9, "", std::nullopt});
  status.progress = progress;
  status.sync.emplace();
  status.sync->lag_ms = 1234;
  status.sync->lag_shares = model::LagShares{0.25, 0.125, 0.0004, 0.625};
  const std::string text = text_of(status);
  CHECK(
      text.find(R"("lag":{"milliseconds":1234,"shares":{"source":0.25,"decode":0.125,"conflict":0,"target":0.625}})") !=
      std::string::npos);
  CHECK(text_of(model::read_status(model::write_status(status))) == text);
}

TEST_CASE("model: what is unknown is absent", "[unit][model]") {
  model::SubtaskStatus status;
  status.sync.emplace();
  CHECK(text_of(status).find("lag") == std::string::npos);
  CHECK(text_of(status).find("\"progress\"") == std::string::npos);
  status.progress.emplace();
  CHECK(text_of(status).find("remaining_seconds") == std::string::npos);
}
