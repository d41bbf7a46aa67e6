#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/taskfile/document.hpp"

namespace sluice::taskfile {

/// Reads typed keys of one mapping. The first problem of a file is kept in the status that all its sections share;
/// after it every read answers "absent". Null counts as absent.
class Section {
 public:
  /// `value` (null = an empty section) and `status` outlive the section. `path` is "" for the top level.
  Section(const Value* value, std::string path, Status& status);

  bool has(const std::string& key) const;
  std::optional<std::string> text(const std::string& key);
  std::optional<bool> boolean(const std::string& key);
  std::optional<int64_t> integer(const std::string& key, int64_t minimum, int64_t maximum);
  std::vector<std::string> texts(const std::string& key);
  /// The value whatever it is; null when absent.
  const Value* any(const std::string& key);
  /// The value when it is a mapping (a list).
  const Value* map(const std::string& key);
  const Value* list(const std::string& key);
  std::string required(const std::string& key);

  /// A key that the API has no word for: admitted when it says `usual` (DM's default, "" = false or empty), else
  /// refused with `why`.
  void only(const std::string& key, const std::string& usual, const std::string& why);
  /// A key that DM itself reads without effect: whatever it says.
  void without_effect(const std::string& key) { asked_.insert(key); }
  /// After all reads: refuses the first key that nobody asked for.
  void finish();

  void fail(int32_t code, const std::string& key, const std::string& what, const std::string& remedy = {});
  /// "routes.r1.schema-pattern (line 7)".
  std::string where(const std::string& key) const;
  std::string path_of(const std::string& key) const;
  bool ok() const { return status_.ok(); }

 private:
  const Value* member(const std::string& key);
  const Value* scalar(const std::string& key, const char* wanted);

  const Value* value_;
  std::string path_;
  Status& status_;
  std::set<std::string> asked_;
};

}  // namespace sluice::taskfile
