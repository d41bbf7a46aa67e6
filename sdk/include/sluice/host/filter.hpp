#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "sluice/abi/filter.h"
#include "sluice/host/instance.hpp"

namespace sluice::host {

/// A loaded filter. Move-only; every function may be called from any thread.
class Filter {
 public:
  /// Takes the instance over; empty with `error` filled when it is no filter.
  static std::optional<Filter> from(Instance instance, sluice_error& error) {
    auto held = detail::hold<sluice_filter_api>(std::move(instance), SLUICE_FILTER_INTERFACE, error);
    if (!held) return std::nullopt;
    return Filter(std::move(held));
  }
  Filter(Filter&&) noexcept = default;
  Filter& operator=(Filter&&) noexcept = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  const Instance& instance() const { return held_->instance; }
  /// False: keep all rows, no need to call filter_rows.
  bool looks_at_rows() const { return held_->api.filter_rows != nullptr; }

  /// `verdict.rule` is instance memory.
  sluice_status decide_statement(const sluice_filter_statement& statement, sluice_verdict& verdict,
                                 sluice_error& error) const {
    if (!held_->api.decide_statement) return detail::missing("filter.decide_statement", error);
    verdict = make_sized<sluice_verdict>();
    return checked("filter.decide_statement", verdict, error, [&](sluice_error* e) {
      return held_->api.decide_statement(held_->self(), &statement, &verdict, e);
    });
  }
  sluice_status decide_rows(std::string_view source, std::string_view schema, std::string_view table, int32_t kind,
                            sluice_verdict& verdict, sluice_error& error) const {
    if (!held_->api.decide_rows) return detail::missing("filter.decide_rows", error);
    verdict = make_sized<sluice_verdict>();
    return checked("filter.decide_rows", verdict, error, [&](sluice_error* e) {
      return held_->api.decide_rows(held_->self(), to_str(source), to_str(schema), to_str(table), kind, &verdict, e);
    });
  }
  /// Keeps all when the filter does not look at rows.
  sluice_status filter_rows(const sluice_filter_rows& rows, sluice_error& error) const {
    if (!held_->api.filter_rows) return SLUICE_OK;
    return call("filter.filter_rows", error,
                [&](sluice_error* e) { return held_->api.filter_rows(held_->self(), &rows, e); });
  }

 private:
  using Held = detail::Held<sluice_filter_api>;
  explicit Filter(std::shared_ptr<Held> held) : held_(std::move(held)) {}
  /// An action that this host does not know is a refusal, never a silent pass.
  template <typename Call>
  static sluice_status checked(const char* where, sluice_verdict& verdict, sluice_error& error, Call&& body) {
    const sluice_status status = call(where, error, std::forward<Call>(body));
    if (status != SLUICE_OK || verdict.action == SLUICE_PASS || verdict.action == SLUICE_IGNORE) return status;
    misbehaved(where, "the action is neither SLUICE_PASS nor SLUICE_IGNORE");
    return refuse(error, 50000, "the filter answered with the unknown action " + std::to_string(verdict.action));
  }
  std::shared_ptr<Held> held_;
};

}  // namespace sluice::host
