#pragma once

#include <string>
#include <string_view>

#include "core/model/error.hpp"
#include "core/model/json.hpp"
#include "core/model/source.hpp"
#include "core/model/task.hpp"

namespace sluice::model {

/// What replies show instead of a password.
inline constexpr const char* kMasked = "******";

/// A source as a request gives it, and which of the members that an update may leave out were there.
struct SourceRequest {
  Source source;
  bool has_password = false;
  bool has_enable = false;
};

/// A task as a request gives it.
struct TaskRequest {
  Task task;
  bool has_password = false;
};

/// Reads and validates the JSON of a source (api.md 3.4) or a task (3.7-3.11). Errors carry the number of api.md
/// section 7 where it has one, else E49001, and name the member.
Result<SourceRequest> read_source(const Json& json, const std::string& path = {});
Result<TaskRequest> read_task(const Json& json, const std::string& path = {});

/// The JSON of a definition, every secret in clear: for the store (which seals it) and for comparison. Replies go
/// through mask_source and mask_task.
Json write_source(const Source& source);
Json write_task(const Task& task);

/// Replaces the secrets of write_source's (write_task's) JSON by what replies show (api.md section 9).
void mask_source(Json& source);
void mask_task(Json& task);

/// The rules that need no server: lengths, enums, ranges, and what must fit together.
Status validate(const Source& source);
Status validate(const Task& task);
/// What requests may not ask for besides; stored definitions of an earlier release may have it.
Status check_request(const Source& source);
Status check_request(const Task& task);

/// "mysql-bin.000001": a base name, a dot and digits.
bool looks_like_binlog_name(std::string_view name);
/// Characters of UTF-8, not bytes: VARCHAR(32) counts characters.
size_t character_count(std::string_view text);
/// ±HH:MM within -12:59…+14:00, or what may be an IANA name.
bool looks_like_time_zone(std::string_view zone);
/// The same with a known area or name. Does not know which places an area has: that changes every year.
bool is_known_time_zone(std::string_view zone);
/// Go-style duration ("1m30s") in milliseconds, or nothing.
std::optional<int64_t> parse_duration_ms(std::string_view text);
struct StartTime {
  int64_t seconds = 0;                ///< since 1970-01-01, as the clock on the wall showed it
  std::optional<int> offset_minutes;  ///< of the zone, east of Greenwich; absent = not said
};
/// "2006-01-02 15:04:05", "2006-01-02T15:04:05", optionally with Z or ±HH[:]MM.
std::optional<StartTime> parse_start_time(std::string_view text);
bool looks_like_start_time(std::string_view text);
/// The unit that a task begins with: dump, load or sync. The full copy of modes full and all is one unit, load.
const char* first_unit(const Task& task);

}  // namespace sluice::model
