#include "core/units/sync/sync_progress.hpp"

#include <catch2/catch.hpp>

#include "core/units/sync/watermark.hpp"

using namespace sluice;
using namespace sluice::units;
using namespace sluice::units::sync;

namespace {

BinlogLocation at(const std::string& file, uint64_t pos) { return {file, pos, ""}; }

}  // namespace

TEST_CASE("sync progress: bytes of binlog between two places", "[unit][sync]") {
  const std::vector<upstream::BinlogFile> files{{"b.1", 100}, {"b.2", 200}, {"b.3", 4}};
  CHECK(binlog_bytes_between(at("b.3", 10), "b.3", 50, {}) == 40);
  CHECK(binlog_bytes_between(at("b.3", 60), "b.3", 50, {}) == 0);  // the source was asked before we got there
  CHECK(binlog_bytes_between(at("b.1", 30), "b.3", 50, files) == 70 + 200 + 50);
  CHECK(binlog_bytes_between(at("b.2", 200), "b.3", 50, files) == 50);
  CHECK_FALSE(binlog_bytes_between(at("b.0", 30), "b.3", 50, files));  // purged, or not listed
  CHECK_FALSE(binlog_bytes_between(at("b.3", 30), "b.1", 50, files));
}

TEST_CASE("sync progress: the shares of the lag add up to 1", "[unit][sync]") {
  StageTimes::Values before;
  StageTimes::Values now;
  const auto shares = [&](uint64_t read, uint64_t queue, uint64_t conflict, uint64_t target) {
    now = {read * 1000, queue * 1000, conflict * 1000, target * 1000};
    const model::LagShares out = lag_shares(before, now, 1.0);
    CHECK(out.source + out.decode + out.conflict + out.target == Approx(1));
    return out;
  };
  CHECK(shares(0, 0, 0, 0).decode == Approx(1));
  CHECK(shares(1000, 0, 0, 0).source == Approx(1));
  CHECK(shares(100, 800, 0, 4000).target == Approx(0.8));
  const model::LagShares mixed = shares(100, 800, 1000, 3000);  // four writers
  CHECK(mixed.conflict == Approx(0.2));
  CHECK(mixed.target == Approx(0.6));
  CHECK(mixed.decode == Approx(0.1));
  CHECK(shares(2000, 2000, 0, 1).source == Approx(0.5));  // more than the window: one wait ended in it
}

TEST_CASE("sync progress: tables with what was applied, the busiest first", "[unit][sync]") {
  Counters counters;
  counters.table("s", "quiet", "t", "quiet").finished[1] += 1;
  TableChanges& busy = counters.table("s", "busy", "t", "busy");
  CHECK(&counters.table("s", "busy", "t", "busy") == &busy);
  busy.finished[1] += 5;
  busy.finished[3] += 2;
  busy.bytes += 70;
  counters.io_bytes += 100;
  const SyncProgress progress;
  model::SyncStatus sync;
  sync.applied = 8;
  sync.io_total_bytes = 100;
  model::Progress out;
  progress.fill(counters, 0, sync, out);
  CHECK(sync.total_events == 8);
  CHECK(out.rows == 8);
  CHECK(out.remaining_seconds == 0);
  REQUIRE(out.tables.size() == 2);
  CHECK(out.tables[0].table == "busy");
  CHECK(out.tables[0].rows == 7);
  CHECK(out.tables[0].bytes == 70);
  CHECK(out.tables[0].state == "following");
  model::Progress unknown;
  progress.fill(counters, std::nullopt, sync, unknown);
  CHECK_FALSE(unknown.remaining_seconds);
}

TEST_CASE("sync progress: the transaction of an event is the one that ends behind it", "[unit][sync]") {
  Watermark watermark;
  watermark.add(1, "b.1", 100, binlog::MariaDbGtid{0, 1, 7}, 5);
  watermark.add(1, "b.1", 110, {}, 0);  // no commit
  watermark.add(3, "b.1", 200, binlog::MariaDbGtid{0, 1, 8}, 6);
  CHECK(text_of(watermark.transaction_at("b.1", 90)) == "0-1-7");
  CHECK(text_of(watermark.transaction_at("b.1", 150)) == "0-1-8");
  CHECK(text_of(watermark.transaction_at("b.1", 300)).empty());
  CHECK(text_of(watermark.transaction_at("b.2", 1)).empty());
}
