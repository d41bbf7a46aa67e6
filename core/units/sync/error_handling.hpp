#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/status.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/sync/row_location.hpp"

namespace sluice::units::sync {

/// Requests lie in the checkpoint as marks of this scope, keyed by location; "" is one that was taken back.
inline constexpr const char* kHandlingScope = "handling";
/// Where the mark of executed DDL lies.
inline constexpr const char* kDdlScope = "ddl";
inline constexpr const char* kDdlKey = "last";
/// What is executed on request counts its ordinals from here, apart from the pieces of the statement itself.
inline constexpr uint64_t kHandledOrdinal = 1ULL << 20;

// Names under which the counters show statements that were not executed as they were.
inline constexpr const char* kSkippedRule = "skipped on request";
inline constexpr const char* kReplacedRule = "replaced on request";

/// A request, and how far the statement had been executed when it came: where to go on if the request is taken back.
struct StoredHandling {
  model::ErrorHandling handling;
  std::string ddl_mark;
};

std::string handling_key(const std::string& binlog_name, uint64_t binlog_pos);
std::string encode_handling(const StoredHandling& stored);
/// 42502 when the text cannot be read.
Result<StoredHandling> decode_handling(const std::string& text);
/// Those of the marks that lie behind the checkpoint, in order; the others have been applied.
Result<std::vector<StoredHandling>> pending_handlings(const std::map<std::string, std::string>& marks,
                                                      const BinlogLocation& checkpoint);

/// The requests of a run. `find` and `applied` are for the dispatching thread, `list` for any.
class Handlings {
 public:
  void set(std::vector<StoredHandling> all);
  /// The one for the event that ends here; null when there is none.
  const StoredHandling* find(const RowLocation& place) const;
  void applied(const RowLocation& place);
  std::vector<model::ErrorHandling> list() const;

 private:
  mutable std::mutex mutex_;
  std::vector<StoredHandling> all_;
};

}  // namespace sluice::units::sync
