#include "core/units/dump_directory.hpp"

namespace sluice::units {

std::filesystem::path dump_directory(const model::Task& task, const std::string& source) {
  std::string out = task.full_migrate_conf.value_or(model::FullMigrateConf()).data_dir;
  const std::string suffix = "." + task.name;
  if (!out.ends_with(suffix)) out += suffix;
  if (task.source_conf.size() > 1) out += "." + source;
  return out;
}

}  // namespace sluice::units
