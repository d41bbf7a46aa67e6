// A table with rows, and the plugin `expression` asked which of them an expression drops.
#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/json.hpp"
#include "core/rules/filter_chain.hpp"
#include "core/schema/abi_table.hpp"
#include "sluice/common/text.hpp"
#include "sluice/plugin/json.hpp"
#include "sluice/plugin/values.hpp"

namespace sluice::test {

inline const sluice_plugin_entry* expression_entry() {
  static void* library = dlopen(SLUICE_BINARY_DIR "/plugins/sluice_filter_expression.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) return nullptr;
  return static_cast<const sluice_plugin_entry*>(dlsym(library, SLUICE_PLUGIN_SYMBOL));
}

/// Memory that lives as long as the object.
class HeapArena {
 public:
  HeapArena() {
    raw_.self = this;
    raw_.alloc = [](void* self, size_t size, size_t) noexcept -> void* {
      return static_cast<HeapArena*>(self)->blocks_.emplace_back(size + 1, '\0').data();
    };
  }
  const sluice_arena* get() const { return &raw_; }

 private:
  std::deque<std::string> blocks_;
  sluice_arena raw_ = make_sized<sluice_arena>();
};

class ExpressionTable {
 public:
  using Texts = std::vector<std::optional<std::string>>;

  /// `create`: SHOW CREATE TABLE. The table is `shop`.`t` of the source; `utf8mb4`: the default collation of that
  /// character set.
  explicit ExpressionTable(const std::string& create, const std::string& utf8mb4 = {}) {
    sql::ParseOptions options;
    options.utf8mb4_collation = utf8mb4;
    auto info = schema::parse_create_table(create, options);
    if (!info.ok()) throw std::runtime_error(info.error().message);
    info->schema = "shop";
    info->name = "t";
    info->touch();
    table_ = schema::make_abi_table(std::make_shared<const schema::TableInfo>(std::move(*info)), {"ts", "tt", "src"});
  }

  const sluice_table& abi() const { return *table_->get(); }

  /// One text for each column, as a connection in utf8mb4 and UTC prints it; ENUM and BIT as their number, FLOAT as
  /// its double.
  void add(const Texts& texts) {
    auto& row = rows_.emplace_back();
    for (size_t i = 0; i < texts.size(); ++i) row.push_back(value(abi().columns[i], texts[i]));
  }
  size_t size() const { return rows_.size(); }

  /// Which rows a filter with these settings drops: inserts unless `kind` says otherwise. `before`: the row whose
  /// values an update had before, for all rows.
  Result<std::vector<bool>> drops(const std::string& settings, uint8_t kind = SLUICE_INSERT, size_t before = 0) {
    auto error = make_sized<sluice_error>();
    host::Instance instance;
    const std::string config = R"({"name":"r","schema":"shop","table":"t",)" + settings + "}";
    if (host::Instance::create(*expression_entry(), "filter", "expression", config, nullptr, instance, error) !=
        SLUICE_OK) {
      return make_error(error.number, std::string("refused: ") + error.message, {}, error.workaround);
    }
    auto filter = host::Filter::from(std::move(instance), error);
    std::vector<rules::NamedFilter> filters;
    filters.push_back({"r", std::make_shared<const host::Filter>(std::move(*filter))});
    const rules::FilterChain chain("src", std::move(filters));
    std::vector<sluice_row> changes;
    for (const auto& row : rows_) {
      sluice_row change{};
      change.kind = kind;
      if (kind != SLUICE_DELETE) change.after = row.data();
      if (kind == SLUICE_DELETE) change.before = row.data();
      if (kind == SLUICE_UPDATE) change.before = rows_[before].data();
      changes.push_back(change);
    }
    std::vector<uint8_t> actions(changes.size(), SLUICE_PASS);
    std::vector<uint32_t> droppers(changes.size());
    HeapArena arena;
    if (Status status = chain.filter_rows(abi(), changes, actions, droppers, arena.get()); !status.ok()) return status;
    std::vector<bool> out;
    for (const uint8_t action : actions) out.push_back(action == SLUICE_IGNORE);
    return out;
  }
  Result<std::vector<bool>> inserts(const std::string& expression) {
    return drops("\"insert_value_expr\":" + model::to_text(model::Json(expression)));
  }

 private:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  static std::string latin1(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto lead = static_cast<unsigned char>(text[i]);
      if (lead < 0x80) {
        out += text[i];
      } else {
        out += static_cast<char>((lead & 0x03U) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU));
      }
    }
    return out;
  }

  static plugin::CivilTime civil(const std::string& text) {
    plugin::CivilTime t{};
    unsigned micro[1] = {0};
    std::sscanf(text.c_str(), "%u-%u-%u %u:%u:%u", &t.year, &t.month, &t.day, &t.hour, &t.minute, &t.second);
    if (const size_t point = text.find('.'); point != std::string::npos) {
      micro[0] = static_cast<unsigned>(std::stoul((text.substr(point + 1) + "000000").substr(0, 6)));
    }
    t.microsecond = micro[0];
    return t;
  }

  static int64_t time_of(const std::string& text) {
    const bool negative = text[0] == '-';
    int hour = 0, minute = 0, second = 0;
    std::sscanf(text.c_str() + (negative ? 1 : 0), "%d:%d:%d", &hour, &minute, &second);
    int64_t out = ((hour * 60LL + minute) * 60 + second) * 1000000 + civil(text).microsecond;
    return negative ? -out : out;
  }

  sluice_value value(const sluice_column& column, const std::optional<std::string>& text) {
    sluice_value out{};
    if (!text) return out;
    out.kind = static_cast<uint8_t>(column.type);
    switch (column.type) {
      case SLUICE_INT: out.v.i = std::stoll(*text); break;
      case SLUICE_UINT:
      case SLUICE_YEAR:
      case SLUICE_BIT:
      case SLUICE_SET:
      case SLUICE_ENUM: out.v.u = std::stoull(*text); break;
      case SLUICE_FLOAT:
      case SLUICE_DOUBLE: out.v.d = std::stod(*text); break;
      case SLUICE_DATE:
      case SLUICE_DATETIME: out.v.u = civil(*text).pack(); break;
      case SLUICE_TIME: out.v.i = time_of(*text); break;
      case SLUICE_TIMESTAMP: {
        const plugin::CivilTime t = civil(*text);
        std::tm tm{};
        tm.tm_year = static_cast<int>(t.year) - 1900;
        tm.tm_mon = static_cast<int>(t.month) - 1;
        tm.tm_mday = static_cast<int>(t.day);
        tm.tm_hour = static_cast<int>(t.hour);
        tm.tm_min = static_cast<int>(t.minute);
        tm.tm_sec = static_cast<int>(t.second);
        out.v.i = static_cast<int64_t>(timegm(&tm)) * 1000000 + t.microsecond;
        break;
      }
      default: {
        const bool is_latin1 = view(column.charset) == "latin1";
        const std::string_view kept = keep(is_latin1 ? latin1(*text) : *text);
        out.v.p = kept.data();
        out.size = static_cast<uint32_t>(kept.size());
        break;
      }
    }
    return out;
  }

  std::shared_ptr<const schema::AbiTable> table_;
  std::deque<std::vector<sluice_value>> rows_;
  std::deque<std::string> texts_;
};

}  // namespace sluice::test
