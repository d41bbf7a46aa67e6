#include "core/units/full/load_progress.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::units::full;

namespace {

TablePlan table(const std::string& name, uint64_t rows, uint64_t bytes, std::vector<std::string> bounds) {
  TablePlan out;
  out.source.schema = "shop";
  out.source.table = name;
  out.source.rows = rows;
  out.source.bytes = bytes;
  out.chunks.bounds = std::move(bounds);
  return out;
}

LoadPlan plan() {
  LoadPlan out;
  out.location = {"mysql-bin.000001", 4, ""};
  out.tables = {table("small", 10, 100, {}), table("large", 1000, 10000, {"5", "9", "12"}), table("mid", 50, 500, {})};
  return out;
}

model::SubtaskStatus status_of(const LoadProgress& progress) {
  model::SubtaskStatus out;
  progress.fill(out);
  REQUIRE(out.progress);
  return out;
}

}  // namespace

TEST_CASE("load progress: tables move from waiting over running to done", "[unit][full]") {
  LoadProgress progress;
  progress.begin(plan(), {{"shop.small", 1}, {"shop.large", 4}, {"shop.mid", 1}});
  model::SubtaskStatus status = status_of(progress);
  CHECK(status.load->progress == "0.00 %");
  CHECK(status.progress->estimated_rows == 1060);
  CHECK(status.progress->remaining_bytes == 10600);
  CHECK(status.progress->tables_total == 3);
  CHECK(status.progress->tables_done == 0);
  CHECK_FALSE(status.progress->remaining_seconds);
  REQUIRE(status.progress->tables.size() == 3);
  CHECK(status.progress->tables[0].table == "large");  // the largest of those that wait
  CHECK(status.progress->tables[0].state == "waiting");

  TableCounters& mid = progress.chunk_begins("shop.mid");
  mid.rows += 50;
  mid.bytes += 480;
  progress.counters.rows += 50;
  progress.counters.bytes += 480;
  status = status_of(progress);
  CHECK(status.progress->rows == 50);
  CHECK(status.progress->remaining_bytes == 10120);
  CHECK(status.progress->tables[0].table == "mid");  // in work
  CHECK(status.progress->tables[0].state == "running");
  CHECK(status.progress->tables[0].rows == 50);
  CHECK(status.progress->tables[0].bytes == 480);

  progress.chunk_done("shop.mid");
  progress.chunk_done("shop.mid");  // once too often: nothing below zero
  status = status_of(progress);
  CHECK(status.progress->tables_done == 1);
  CHECK(status.dump->completed_tables == 1);
  CHECK(status.load->progress == "16.67 %");
  CHECK(status.progress->tables[2].table == "mid");
  CHECK(status.progress->tables[2].state == "done");
  CHECK(status.progress->tables[2].progress == "100.00 %");
  CHECK(status.progress->tables[2].remaining_seconds == 0);

  progress.finish();
  status = status_of(progress);
  CHECK(status.load->progress == "100.00 %");
  CHECK(status.progress->tables_done == 3);
  CHECK(status.progress->remaining_seconds == 0);
  CHECK(status.progress->remaining_bytes == 0);
  CHECK(status.progress->rows_per_second == 0);
}

TEST_CASE("load progress: a run that goes on counts what an earlier one has done", "[unit][full]") {
  LoadProgress progress;
  progress.begin(plan(), {{"shop.large", 1}});
  const model::SubtaskStatus status = status_of(progress);
  CHECK(status.load->progress == "83.33 %");  // 5 of 6 chunks
  CHECK(status.progress->tables_done == 2);
  CHECK(status.progress->remaining_bytes == 2500);  // a quarter of the table
  CHECK(status.progress->tables[0].progress == "75.00 %");
}
