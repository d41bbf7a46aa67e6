#include "core/plugin/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>

namespace sluice::log {
namespace {

// Whole lines are built here (text or JSON); spdlog brings time, sinks and locking.
constexpr char kTextPattern[] = "%Y-%m-%dT%H:%M:%S.%e%z %^%-5l%$ %v";
constexpr char kJsonPattern[] = "{\"time\":\"%Y-%m-%dT%H:%M:%S.%e%z\",\"level\":\"%l\",%v}";

std::shared_ptr<spdlog::logger> make_default() {
  auto logger = std::make_shared<spdlog::logger>("sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(kTextPattern);
  logger->set_level(spdlog::level::info);
  logger->flush_on(spdlog::level::warn);
  return logger;
}

struct State {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger = make_default();
  std::atomic<bool> json{false};
  std::atomic<int> level{static_cast<int>(Level::Info)};
};

// Never destroyed: threads of plugins may speak until the very end of the process.
State& state() {
  static State* const the_state = new State();
  return *the_state;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Trace: return spdlog::level::trace;
    case Level::Debug: return spdlog::level::debug;
    case Level::Info: return spdlog::level::info;
    case Level::Warn: return spdlog::level::warn;
    case Level::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

constexpr const char* kLevelNames[] = {"trace", "debug", "info", "warn", "error"};

Result<Level> parse_level(const std::string& text) {
  for (int i = 0; i < 5; ++i) {
    if (text == kLevelNames[i]) return static_cast<Level>(i);
  }
  return make_error(49001, "log level `" + text + "` is not known", "", "use trace, debug, info, warn or error");
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", byte);
      out += buffer;
    } else {
      out += c;
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\' || c == 0x7f) return true;
  }
  return false;
}

std::string build_line(std::string_view message, const Field* fields, size_t count, bool json) {
  std::string line;
  if (json) line += "\"message\":\"";
  append_escaped(line, message);
  if (json) line += '"';
  for (size_t i = 0; i < count; ++i) {
    line += json ? "," : " ";
    if (json) {
      append_quoted(line, fields[i].key);
      line += ':';
    } else {
      line += fields[i].key;
      line += '=';
    }
    if (json || needs_quotes(fields[i].value)) {
      append_quoted(line, fields[i].value);
    } else {
      line += fields[i].value;
    }
  }
  return line;
}

std::shared_ptr<spdlog::logger> current() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.logger;
}

}  // namespace

Status setup(const Options& options) {
  auto level = parse_level(options.level);
  if (!level) return level.status();
  if (options.format != "text" && options.format != "json") {
    return make_error(49001, "log format `" + options.format + "` is not known", "", "use text or json");
  }
  try {
    spdlog::sink_ptr sink;
    if (options.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    }
    auto logger = std::make_shared<spdlog::logger>("sluice", std::move(sink));
    logger->set_pattern(options.format == "json" ? kJsonPattern : kTextPattern);
    logger->set_level(to_spdlog(*level));
    logger->flush_on(spdlog::level::info);
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.logger->flush();
    s.logger = std::move(logger);
    s.json = options.format == "json";
    s.level = static_cast<int>(*level);
  } catch (const spdlog::spdlog_ex& failure) {
    return make_error(
        49001, "the log file " + options.file + " cannot be written", failure.what(),
        "create its folder and let this user write to it, or leave the file out to log to standard error");
  }
  return {};
}

Status set_level(const std::string& text) {
  auto level = parse_level(text);
  if (!level) return level.status();
  state().level = static_cast<int>(*level);
  current()->set_level(to_spdlog(*level));
  return {};
}

std::string level() { return kLevelNames[state().level.load()]; }

void flush() { current()->flush(); }

bool enabled(Level level) { return static_cast<int>(level) >= state().level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view message, const Field* fields, size_t count) noexcept {
  if (!enabled(level)) return;
  try {
    const std::string line = build_line(message, fields, count, state().json);
    current()->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  } catch (...) {  // a full disk must not end a replication; spdlog has said so on standard error
  }
}

}  // namespace sluice::log
