#include <algorithm>

#include "core/taskfile/read_parts.hpp"

namespace sluice::taskfile {

using model::Json;

struct UnitConfigs::Kind {
  const char* global;
  const char* name;
  const char* place;
  const char* threads;
  int conflict;
  int missing;
};

namespace {

constexpr int64_t kMaxThreads = 1024;

template <typename T>
void set_if(Json& out, const char* name, const std::optional<T>& value) {
  if (value) out.set(name, *value);
}

/// Dumpling's arguments; the API knows --consistency alone.
void read_extra_args(Section& section, Json& full) {
  const auto text = section.text("extra-args");
  if (!text || text->find_first_not_of(' ') == std::string::npos) return;
  constexpr std::string_view kOption = "--consistency";
  const size_t begin = text->find_first_not_of(' ');
  const size_t value = text->find_first_not_of(" =", begin + kOption.size());
  const std::string word = value == std::string::npos ? std::string() : text->substr(value);
  const bool fits = text->compare(begin, kOption.size(), kOption) == 0 && value > begin + kOption.size() &&
                    !word.empty() && word.find_last_not_of(' ') < word.find(' ');
  if (!fits) {
    return section.fail(20003, "extra-args", "cannot be expressed: the API has a word for --consistency alone",
                        "Leave the other arguments out.");
  }
  full.set("consistency", word.substr(0, word.find(' ')));
}

void read_mydumper(Section section, std::optional<int64_t> threads, Json& full) {
  const auto own = section.integer("threads", 1, kMaxThreads);
  set_if(full, "export_threads", threads ? threads : own);
  read_extra_args(section, full);
  section.without_effect("mydumper-path");
  section.only("chunk-filesize", "64", "chunks are cut by rows, not by size");
  section.only("statement-size", "0", "the size of statements is chosen by the program");
  section.only("rows", "0", "the size of chunks is chosen by the program");
  section.only("where", "", "a copy takes whole tables");
  section.only("skip-tz-utc", "true", "times are copied in the time zone of the task");
  section.finish();
}

void read_import_mode(Section& section, Json& full) {
  auto mode = section.text("import-mode");
  if (!mode) return;
  std::transform(mode->begin(), mode->end(), mode->begin(), [](unsigned char c) { return std::tolower(c); });
  if (*mode == "sql" || *mode == "loader") mode = "logical";  // older names of it
  if (*mode == "import-into") section.fail(20053, "import-mode", "must be logical or physical in a task file");
  full.set("import_mode", *mode);
}

void read_loader(Section section, std::optional<int64_t> threads, Units& out) {
  Json& full = out.full;
  const auto own = section.integer("pool-size", 1, kMaxThreads);
  set_if(full, "import_threads", threads ? threads : own);
  set_if(full, "data_dir", section.text("dir"));
  read_import_mode(section, full);
  set_if(full, "sorting_dir", section.text("sorting-dir-physical"));
  set_if(full, "on_duplicate_physical", section.text("on-duplicate-physical"));
  set_if(full, "disk_quota", section.text("disk-quota-physical"));
  set_if(full, "checksum", section.text("checksum-physical"));
  set_if(full, "analyze", section.text("analyze"));
  set_if(full, "range_concurrency", section.integer("range-concurrency", 0, INT32_MAX));
  set_if(full, "compress-kv-pairs", section.text("compress-kv-pairs"));
  set_if(full, "pd_addr", section.text("pd-addr"));
  const auto older = section.text("on-duplicate");
  const auto newer = section.text("on-duplicate-logical");
  if (older && newer && *older != *newer) {
    section.fail(20054, "on-duplicate", "and on-duplicate-logical differ", "Keep on-duplicate-logical alone.");
  }
  if (older || newer) out.on_duplicate = newer ? *newer : *older;
  section.finish();
}

void read_syncer(Section section, std::optional<int64_t> threads, Json& incr) {
  const auto own = section.integer("worker-count", 1, kMaxThreads);
  set_if(incr, "repl_threads", threads ? threads : own);
  set_if(incr, "repl_batch", section.integer("batch", 1, INT32_MAX));
  set_if(incr, "safe_mode", section.boolean("safe-mode"));
  for (const char* key :
       {"meta-file", "max-retry", "auto-fix-gtid", "enable-gtid", "disable-detect", "enable-ansi-quotes"}) {
    section.without_effect(key);
  }
  section.only("queue-size", "1024", "queues are bounded in bytes, by memory_limit of the node");
  section.only("checkpoint-flush-interval", "30", "positions are stored with the rows they belong to");
  section.only("compact", "false", "the sink decides how it combines changes");
  section.only("multiple-rows", "false", "the sink decides how it combines changes");
  section.only("safe-mode-duration", "60s", "safe_mode_time_duration is an argument of start");
  section.finish();
}

}  // namespace

UnitConfigs::UnitConfigs(Section& file, Status& status) : file_(file), status_(status) {
  for (const char* key : {"mydumpers", "loaders", "syncers"}) file_.map(key);
}

const Value* UnitConfigs::pick(Section& instance, const Kind& kind) {
  const Value* inner = instance.map(kind.place);
  const auto name = instance.text(kind.name);
  if (!name || name->empty()) return inner;
  if (inner) {
    instance.fail(kind.conflict, kind.place,
                  std::string("and ") + kind.name + " stand both: only one of them can be given");
    return nullptr;
  }
  const Value* all = file_.map(kind.global);
  const Value* found = all ? all->find(*name) : nullptr;
  if (!found) instance.fail(kind.missing, kind.name, "names " + *name + ", which is not in " + kind.global);
  used_.insert(std::string(kind.global) + "." + *name);
  return found;
}

Units UnitConfigs::read(Section& instance) {
  static constexpr Kind kMydumper{"mydumpers", "mydumper-config-name", "mydumper", "mydumper-thread", 20015, 20027};
  static constexpr Kind kLoader{"loaders", "loader-config-name", "loader", "loader-thread", 20016, 20029};
  static constexpr Kind kSyncer{"syncers", "syncer-config-name", "syncer", "syncer-thread", 20017, 20030};
  Units out;
  const auto section_of = [&](const Kind& kind) {
    const Value* value = pick(instance, kind);
    const auto name = instance.text(kind.name);
    const std::string path =
        name && !name->empty() ? std::string(kind.global) + "." + *name : instance.path_of(kind.place);
    return Section(value, path, status_);
  };
  const auto threads_of = [&](const Kind& kind) {
    auto threads = instance.integer(kind.threads, 0, kMaxThreads);
    return threads == 0 ? std::nullopt : threads;
  };
  read_mydumper(section_of(kMydumper), threads_of(kMydumper), out.full);
  read_loader(section_of(kLoader), threads_of(kLoader), out);
  read_syncer(section_of(kSyncer), threads_of(kSyncer), out.incr);
  return out;
}

void UnitConfigs::refuse_unused() const {
  for (const char* kind : {"mydumpers", "loaders", "syncers"}) {
    const Value* all = file_.map(kind);
    if (!all) continue;
    Section section(all, kind, status_);
    for (const auto& [name, value] : all->members) {
      if (used_.count(std::string(kind) + "." + name) != 0) continue;
      section.fail(20038, name, "is set in global configuration but instances don't use it",
                   "Remove it, or name it in an instance.");
    }
  }
}

}  // namespace sluice::taskfile
