#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "check.hpp"
#include "library.hpp"

namespace sluice::testkit {

/// A table `id int primary key, v varchar(40)` and rows for it.
class SampleTable {
 public:
  explicit SampleTable(std::string name);
  SampleTable(const SampleTable&) = delete;
  SampleTable& operator=(const SampleTable&) = delete;
  const std::string& name() const { return name_; }
  const sluice_table& raw() const { return raw_; }
  std::string create_sql() const;

 private:
  std::string name_;
  sluice_column columns_[2];
  uint32_t key_columns_[1] = {0};
  uint32_t key_prefix_[1] = {0};
  sluice_key key_;
  sluice_table raw_;
};

/// Owns the values of a batch.
class SampleRows {
 public:
  void insert(int64_t id, const std::string& text);
  void update(int64_t id, const std::string& before, const std::string& after);
  void remove(int64_t id, const std::string& text);
  const std::vector<sluice_row>& rows() const { return rows_; }

 private:
  const sluice_value* values(int64_t id, const std::string& text);
  std::deque<std::string> texts_;
  std::deque<std::vector<sluice_value>> values_;
  std::vector<sluice_row> rows_;
};

struct Mark {
  std::string scope, key, expect, value;
  bool fenced = true;  ///< false: `expect` is not given
};

using MarkMap = std::map<std::string, std::string>;  ///< "scope/key" to value

/// The sink under test: created, with a fresh schema where it has DDL. Skips the check when the sink cannot be reached
/// for want of a configuration.
class SinkBench {
 public:
  explicit SinkBench(const Subject& subject);
  ~SinkBench();
  SinkBench(const SinkBench&) = delete;
  SinkBench& operator=(const SinkBench&) = delete;

  const host::Sink& sink() const { return *sink_; }
  const sluice_sink_capabilities& capabilities() const { return capabilities_; }
  bool atomic() const { return sink_->has_marks() && (capabilities_.flags & SLUICE_SINK_TRANSACTIONS); }
  void need_marks() const;
  host::SinkWriter writer() const;
  void create(host::SinkWriter& writer, const SampleTable& table) const;
  sluice_status apply(host::SinkWriter& writer, const SampleTable& table, const SampleRows& rows,
                      const std::vector<Mark>& marks, sluice_sink_result& result, sluice_error& error) const;
  /// Fails the check when it fails.
  sluice_sink_result must_apply(host::SinkWriter& writer, const SampleTable& table, const SampleRows& rows,
                                const std::vector<Mark>& marks) const;
  MarkMap marks(host::SinkWriter& writer, const std::string& scope) const;
  /// -1 when the sink cannot tell.
  int has_rows(host::SinkWriter& writer, const SampleTable& table) const;
  static const char* schema() { return "sluice_check"; }

 private:
  void execute(host::SinkWriter& writer, const std::string& sql, const std::string& schema,
               const std::string& table) const;
  Library library_;
  std::optional<host::Sink> sink_;
  sluice_sink_capabilities capabilities_{};
};

std::vector<sluice_mark> flat(const std::vector<Mark>& marks);

}  // namespace sluice::testkit
