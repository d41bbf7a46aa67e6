#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/schema/abi_table.hpp"
#include "core/units/loader/insert_file.hpp"
#include "sluice/abi/row.h"

namespace sluice::units::loader {

/// How the text of a file is to be taken.
struct TextRules {
  /// Text is utf8mb4, as Dumpling writes it; else the bytes of each column's own character set, as mydumper and mode
  /// dump do under SET NAMES binary.
  bool utf8 = true;
  std::optional<int> zone_minutes;  ///< of TIMESTAMPs, east of UTC; none = unknown
  bool backslash_escapes = true;
};

/// From what the file says and, where it says nothing, the task's `timezone`. The message of the error says why.
Result<TextRules> text_rules(const FileSettings& settings, const std::string& task_zone);
/// "+09:00" or "UTC" as minutes; nullopt for names of places.
std::optional<int> zone_minutes(const std::string& zone);

/// How the values of an INSERT become a row for the sink: made of the table's structure, the statement's column list
/// and the file's rules. Immutable, thread-safe.
class RowLayout {
 public:
  /// The message of the error says what does not fit, without a place.
  static Result<std::shared_ptr<const RowLayout>> make(const schema::TablePtr& table, const schema::AbiNames& names,
                                                       const InsertHead& head, const TextRules& rules);

  const sluice_table* abi() const { return abi_->get(); }
  size_t columns() const { return kinds_.size(); }
  const TextRules& rules() const { return rules_; }
  /// Which value goes to which column when a later statement of the file names the same columns in another order.
  Result<std::vector<size_t>> positions(const InsertHead& head) const;
  /// Decodes the row (with its parentheses, changed in place) into columns() values, which point into it.
  /// `why`: what is wrong, without a place; `where`: the byte at which it is.
  bool decode(char* begin, char* end, const std::vector<size_t>& positions, sluice_value* out, std::string& why,
              const char*& where) const;

 private:
  struct Kind {
    int kind = SLUICE_ABSENT;
    bool timestamp = false;
    bool bit = false;
    bool geometry = false;
    bool own_is_utf8 = true;  ///< bytes of the column's character set are utf8mb4 as well
    std::string name;
    std::string type;
    std::map<std::string, uint64_t, std::less<>> members;
  };
  bool value_of(const Kind& kind, const struct Literal& literal, sluice_value& out, std::string& why) const;
  bool member_of(const Kind& kind, const struct Literal& literal, sluice_value& out, std::string& why) const;
  bool shift_time(char* text, size_t size, std::string& why) const;

  std::shared_ptr<const schema::AbiTable> abi_;
  std::vector<Kind> kinds_;
  TextRules rules_;
};

}  // namespace sluice::units::loader
