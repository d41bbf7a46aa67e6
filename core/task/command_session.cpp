#include "core/task/command_session.hpp"

#include "core/task/sink_factory.hpp"
#include "core/units/sink_session.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::task {

Result<CommandSession> CommandSession::open(const CommandContext& context) {
  auto rules = units::full::TableRules::build(context.config.task, context.config.source);
  if (!rules.ok()) return rules.status();
  auto sink = make_sink(context.config, context.services);
  if (!sink.ok()) return sink.status();
  context.opened(*sink);
  auto checkpoints = make_checkpoints(context.config, context.services, *sink);
  return CommandSession(std::move(*sink), std::move(checkpoints), std::move(*rules));
}

Result<std::vector<units::CheckpointRow>> CommandSession::rows() {
  auto rows = checkpoints_->read();
  if (!rows.ok()) return rows;
  std::erase_if(*rows, [&](const units::CheckpointRow& row) {
    return !row.is_global && !rules_.selection.table(row.schema, row.table);
  });
  return rows;
}

Result<schema::TablePtr> CommandSession::target_structure(const std::string& schema, const std::string& table) {
  auto target = rules_.router.route(schema, table);
  if (!target.ok()) return target.status();
  units::SinkSession session(sink_);
  auto text = session.create_table(target->first, target->second);
  if (!text.ok()) return text.status();
  if (!*text) return schema::TablePtr();
  auto parsed = schema::parse_create_table(**text, 0);
  if (!parsed.ok()) return parsed.status();
  auto info = std::make_shared<schema::TableInfo>(std::move(*parsed));
  info->schema = schema;
  info->name = table;
  info->touch();
  return schema::TablePtr(std::move(info));
}

}  // namespace sluice::task
