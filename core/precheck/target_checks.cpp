#include "core/precheck/target_checks.hpp"

#include <vector>

#include "core/plugin/errors.hpp"
#include "sluice/common/text.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::precheck {

Status check_target(const std::shared_ptr<host::Sink>& sink, const TargetNeeds& needs, Findings& out) {
  if (!sink || !sink->has_check()) return {};
  std::vector<sluice_str> names;
  for (const auto& [table, writers] : needs.tables) {
    names.push_back(to_str(table.first));
    names.push_back(to_str(table.second));
  }
  auto asked = make_sized<sluice_sink_needs>();
  asked.connections = needs.connections;
  asked.max_packet = needs.max_packet;
  asked.tables = names.data();
  asked.table_count = names.size() / 2;
  for (const char* item : {"conn_number", "target_privilege", "target_settings", "target_triggers"}) out.begin(item);
  Status conflict;
  auto error = plugin::empty_error();
  const auto each = [&](const sluice_sink_finding& raw) {
    const Finding finding{raw.severity == SLUICE_FINDING_FAIL ? State::Fail : State::Warn,
                          std::string(view(raw.object)), std::string(view(raw.what)), std::string(view(raw.remedy))};
    if (view(raw.item) == "table_name_case") {
      conflict = make_error(26001, finding.what, {}, finding.remedy);
    } else {
      out.add(view(raw.item), {}, finding);
    }
  };
  if (sink->check(asked, each, error) != SLUICE_OK) return plugin::to_error(error);
  return conflict;
}

}  // namespace sluice::precheck
