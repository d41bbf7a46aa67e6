#include "core/plugin/metrics.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <thread>

using sluice::plugin::Metrics;

TEST_CASE("metrics: the text is what Prometheus reads", "[unit][plugin]") {
  Metrics metrics;
  metrics.describe("rows_total", "Rows\napplied");
  metrics.counter_add("rows_total", {{"task", "a\"b\\c\nd"}, {"source", "s"}}, 2);
  metrics.counter_add("rows_total", {{"source", "s"}, {"task", "a\"b\\c\nd"}}, 0.5);
  metrics.gauge_set("lag-seconds", {}, -3);
  metrics.describe("never_seen", "x");
  CHECK(metrics.render() ==
        "# TYPE lag_seconds gauge\nlag_seconds -3\n"
        "# HELP rows_total Rows\\napplied\n# TYPE rows_total counter\n"
        "rows_total{source=\"s\",task=\"a\\\"b\\\\c\\nd\"} 2.5\n");
}

TEST_CASE("metrics: a counter never falls, a gauge takes any value", "[unit][plugin]") {
  Metrics metrics;
  metrics.counter_add("c", {}, 3);
  metrics.counter_add("c", {}, -1);
  metrics.counter_add("c", {}, std::numeric_limits<double>::quiet_NaN());
  CHECK(metrics.value("c") == 3);
  metrics.gauge_set("g", {}, std::numeric_limits<double>::infinity());
  CHECK(metrics.render() == "# TYPE c counter\nc 3\n# TYPE g gauge\ng +Inf\n");
}

TEST_CASE("metrics: the series of a deleted task go in one call", "[unit][plugin]") {
  Metrics metrics;
  metrics.gauge_set("a", {{"task", "t"}, {"source", "x"}}, 1);
  metrics.gauge_set("a", {{"task", "u"}}, 1);
  metrics.gauge_set("b", {{"task", "t"}}, 1);
  metrics.remove("", {{"task", "t"}});
  CHECK(metrics.render() == "# TYPE a gauge\na{task=\"u\"} 1\n");
}

TEST_CASE("metrics: counts from many threads add up", "[unit][plugin]") {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 1000; ++k) metrics.counter_add("n", {{"k", "v"}});
      });
    }
  }
  CHECK(metrics.value("n", {{"k", "v"}}) == 8000);
}

TEST_CASE("metrics: a histogram counts what is at or below each bound", "[unit][plugin]") {
  Metrics metrics;
  const std::vector<double> bounds{0.5, 2};
  metrics.observe("h", {{"a", "x"}}, bounds, 0.5);
  metrics.observe("h", {{"a", "x"}}, bounds, 1);
  metrics.histogram_add("h", {{"a", "x"}}, bounds, {0, 0, 3}, 30);
  metrics.histogram_add("h", {{"a", "x"}}, bounds, {1}, 1);  // other bounds: not of this family
  CHECK(metrics.render() ==
        "# TYPE h histogram\nh_bucket{a=\"x\",le=\"0.5\"} 1\nh_bucket{a=\"x\",le=\"2\"} 2\n"
        "h_bucket{a=\"x\",le=\"+Inf\"} 5\nh_sum{a=\"x\"} 31.5\nh_count{a=\"x\"} 5\n");
  metrics.remove("h", {{"a", "x"}});
  CHECK(metrics.render().empty());
}

TEST_CASE("metrics: series of what is gone are dropped by a label's value", "[unit][plugin]") {
  Metrics metrics;
  metrics.gauge_set("g", {{"task", "old"}}, 1);
  metrics.gauge_set("g", {{"task", "new"}}, 2);
  metrics.gauge_set("g", {{"other", "x"}}, 3);
  metrics.observe("h", {{"task", "old"}}, {1}, 1);
  metrics.keep("task", {"new"});
  CHECK(metrics.render() == "# TYPE g gauge\ng{other=\"x\"} 3\ng{task=\"new\"} 2\n");
}
