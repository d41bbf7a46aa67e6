#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "core/model/error.hpp"

/// The log of the process: a fixed sentence plus key=value fields. Safe from any thread; before `setup` it writes
/// text at level info to standard error. Never hand it a password or, above trace, a row's values.
namespace sluice::log {

enum class Level { Trace, Debug, Info, Warn, Error };

struct Field {
  std::string_view key;  ///< snake_case, the word that the API uses for the same thing
  std::string value;
};

struct Options {
  std::string level = "info";   ///< trace, debug, info, warn, error
  std::string file;             ///< "" = standard error
  std::string format = "text";  ///< text or json (one object a line)
};

/// Replaces where and how the log is written. On failure the log stays as it was.
Status setup(const Options& options);
/// Changes the level while running.
Status set_level(const std::string& level);
std::string level();
void flush();

bool enabled(Level level);
void write(Level level, std::string_view message, const Field* fields, size_t count) noexcept;

inline void write(Level level, std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
  write(level, message, fields.begin(), fields.size());
}
inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
  write(Level::Debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
  write(Level::Info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
  write(Level::Warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
  write(Level::Error, message, fields);
}

}  // namespace sluice::log
