#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::plugin {

/// Counters, gauges and histograms with labels, written by the host and by plugins, read by the scraper. Thread-safe.
/// Names and label names follow Prometheus ([a-zA-Z_:][a-zA-Z0-9_:]*); other characters become '_'.
class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  /// Text for the HELP line; the series may come before or after.
  void describe(std::string_view name, std::string_view help);
  /// Creates the series when it is new. A negative or non-finite `by` is ignored: counters only rise.
  void counter_add(std::string_view name, const Labels& labels = {}, double by = 1);
  void gauge_set(std::string_view name, const Labels& labels, double to);
  /// Adds observations to a histogram: `counts` has one entry for each of the ascending `bounds` (upper, inclusive) and
  /// one for what is above. The bounds of a family are those of its first call.
  void histogram_add(std::string_view name, const Labels& labels, const std::vector<double>& bounds,
                     const std::vector<uint64_t>& counts, double sum);
  /// One observation.
  void observe(std::string_view name, const Labels& labels, const std::vector<double>& bounds, double value);
  /// Forgets the series whose label `label` has a value that is not among `values`; those without the label stay.
  void keep(std::string_view label, const std::set<std::string>& values);
  /// Forgets the series of `name` ("" = of every name) that carry all of `labels`, e.g. those of a deleted task.
  void remove(std::string_view name, const Labels& labels);
  /// The value of one series, 0 when there is none.
  double value(std::string_view name, const Labels& labels = {}) const;
  /// Prometheus text format 0.0.4, families and series in order of their names.
  std::string render() const;

 private:
  struct Family {
    std::string help;
    const char* type = nullptr;       ///< "counter", "gauge" or "histogram"; null = described only
    std::map<Labels, double> series;  ///< of a histogram: the sums
    std::vector<double> bounds;
    std::map<Labels, std::vector<uint64_t>> counts;  ///< of a histogram, by bucket
  };
  Family& family(std::string_view name);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace sluice::plugin
