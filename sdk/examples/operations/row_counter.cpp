// A filter that lets everything pass, counts the row changes of each table, and answers requests about them.
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "sluice/plugin/plugin.hpp"

namespace {

using namespace sluice::plugin;

class RowCounter : public Filter, public FilterByRow {
 public:
  static constexpr const char* kId = "row_counter";
  static constexpr const char* kVersion = "1.0.0";
  static constexpr const char* kSummary = "Counts the row changes of each table and tells them through the API.";
  static std::vector<Setting> settings() { return {}; }

  explicit RowCounter(const Config& config) : operations_(config) {
    operations_.add("counts", "GET", "/counts", "Row changes of each table since the task was started",
                    [this](const Request&) {
                      return Reply{200, "application/json", all()};
                    });
    operations_.add("count", "GET", "/counts/{table}", "Row changes of one table, named schema.table",
                    [this](const Request& request) { return one(Request::value(request.path_params, "table")); });
    operations_.add("reset", "DELETE", "/counts", "Count anew", [this](const Request&) { return reset(); });
  }

  Verdict decide_statement(const FilterStatement&) override { return {}; }
  Verdict decide_rows(std::string_view, std::string_view, std::string_view, int32_t) override { return {}; }
  void filter_rows(const FilterRows& batch) override {
    const std::string table =
        std::string(sluice::view(batch.table().schema)) + "." + std::string(sluice::view(batch.table().name));
    const std::lock_guard lock(mutex_);
    counts_[table] += batch.rows().size();
  }

 private:
  std::string all() {
    const std::lock_guard lock(mutex_);
    std::string out = "{";
    for (const auto& [table, count] : counts_) {
      out += (out.size() > 1 ? "," : "") + json_string(table) + ":" + std::to_string(count);
    }
    return out + "}";
  }
  Reply one(std::string_view table) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(std::string(table));
    if (found == counts_.end()) throw Failure("no row of `" + std::string(table) + "` has changed");
    return {200, "application/json", "{\"count\":" + std::to_string(found->second) + "}"};
  }
  Reply reset() {
    const std::lock_guard lock(mutex_);
    counts_.clear();
    return {204, "", ""};
  }

  std::mutex mutex_;
  std::map<std::string, uint64_t> counts_;
  Operations operations_;  // the last member: its handlers use the others
};

}  // namespace

SLUICE_EXPORT_PLUGIN(RowCounter)
