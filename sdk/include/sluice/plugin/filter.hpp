#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

#include "sluice/abi/filter.h"
#include "sluice/plugin/failure.hpp"

namespace sluice::plugin {

/// `rule` names the rule that decided and must live as long as the instance; "" when none did.
struct Verdict {
  bool ignore = false;
  std::string_view rule;
};

/// One clause of a DDL statement. Borrowed: valid until the call returns.
struct FilterStatement {
  std::string_view source, schema, table, original_sql;
  std::span<const sluice_str> events;  ///< every event name that fits, lower case; use sluice::view

  bool is(std::string_view event) const {
    for (const sluice_str& name : events) {
      if (view(name) == event) return true;
    }
    return false;
  }
};

/// A batch of row changes of one table. Borrowed.
class FilterRows {
 public:
  explicit FilterRows(const sluice_filter_rows* in) : raw_(copy_sized(in)) {}
  const sluice_table& table() const { return *raw_.table; }
  Strided<sluice_column> columns() const {
    return {raw_.table->columns, raw_.table->column_count, raw_.table->column_stride};
  }
  std::span<const sluice_row> rows() const { return {raw_.rows, raw_.row_count}; }
  void ignore(size_t row) const { raw_.actions[row] = SLUICE_IGNORE; }
  const sluice_arena* arena() const { return raw_.arena; }

 private:
  sluice_filter_rows raw_;
};

/// Decides whether a DDL statement or a kind of row change of a table is replicated. All functions are called from
/// many threads at once; same input, same output.
class Filter {
 public:
  static constexpr const char* kKind = "filter";
  Filter() = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  virtual ~Filter() = default;

  virtual Verdict decide_statement(const FilterStatement& statement) = 0;
  /// For all changes of `kind` (SLUICE_INSERT ...); the host caches the answer for the life of the instance.
  virtual Verdict decide_rows(std::string_view source, std::string_view schema, std::string_view table,
                              int32_t kind) = 0;
};

/// Derive from this too to look at the values of each row.
class FilterByRow {
 public:
  virtual ~FilterByRow() = default;
  virtual void filter_rows(const FilterRows& rows) = 0;
};

namespace detail {

class FilterBox {
 public:
  template <typename T>
  explicit FilterBox(std::unique_ptr<T> object) : api_(make_sized<sluice_filter_api>()) {
    if constexpr (std::is_base_of_v<FilterByRow, T>) {
      by_row_ = object.get();
      api_.filter_rows = &FilterBox::filter_rows;
    }
    object_ = std::move(object);
    api_.decide_statement = &FilterBox::decide_statement;
    api_.decide_rows = &FilterBox::decide_rows;
  }
  const void* get_interface(std::string_view id) const { return id == SLUICE_FILTER_INTERFACE ? &api_ : nullptr; }

 private:
  static FilterBox& box(void* self) { return *static_cast<FilterBox*>(self); }
  static void answer(sluice_verdict* out, const Verdict& verdict) {
    auto raw = make_sized<sluice_verdict>();
    raw.action = verdict.ignore ? SLUICE_IGNORE : SLUICE_PASS;
    raw.rule = to_str(verdict.rule);
    write_sized(out, raw);
  }
  static sluice_status decide_statement(void* self, const sluice_filter_statement* statement, sluice_verdict* out,
                                        sluice_error* error) noexcept {
    return guard(error, [&] {
      const sluice_filter_statement in = copy_sized(statement);
      answer(
          out,
          box(self).object_->decide_statement(
              {view(in.source), view(in.schema), view(in.table), view(in.original_sql), {in.events, in.event_count}}));
    });
  }
  static sluice_status decide_rows(void* self, sluice_str source, sluice_str schema, sluice_str table, int32_t kind,
                                   sluice_verdict* out, sluice_error* error) noexcept {
    return guard(error,
                 [&] { answer(out, box(self).object_->decide_rows(view(source), view(schema), view(table), kind)); });
  }
  static sluice_status filter_rows(void* self, const sluice_filter_rows* rows, sluice_error* error) noexcept {
    return guard(error, [&] { box(self).by_row_->filter_rows(FilterRows(rows)); });
  }

  std::unique_ptr<Filter> object_;
  FilterByRow* by_row_ = nullptr;
  sluice_filter_api api_;
};

}  // namespace detail

}  // namespace sluice::plugin
