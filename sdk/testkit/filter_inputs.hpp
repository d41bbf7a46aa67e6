#pragma once

#include <string>
#include <vector>

#include "sluice/host/filter.hpp"

namespace sluice::testkit {

/// One question to a filter: a statement (events not empty) or a kind of row change.
struct FilterInput {
  std::string source, schema, table, sql;
  std::vector<std::string> events;
  int32_t kind = 0;
};

struct FilterAnswer {
  int32_t action;
  std::string rule;
  sluice_str rule_memory;
  bool operator==(const FilterAnswer& other) const { return action == other.action && rule == other.rule; }
};

const std::vector<FilterInput>& filter_inputs();
std::string describe(const FilterInput& input);
/// Fails the check when the call fails. `copy_input` hands the texts over in memory that is gone afterwards.
FilterAnswer ask(const host::Filter& filter, const FilterInput& input, bool copy_input);

}  // namespace sluice::testkit
