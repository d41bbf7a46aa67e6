#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "sluice/plugin/store.hpp"
#include "state.hpp"

namespace sluice::sqlite_store {

/// One thread per watch: it sleeps until the revision moves, then reads the history on and reports what is new for its
/// prefix. A watch that is slower than the history is long is lost.
class Watch final : public plugin::StoreWatch {
 public:
  /// `next`: the first revision to report.
  Watch(std::shared_ptr<State> state, std::string_view prefix, int64_t next, const plugin::Watcher& watcher);
  ~Watch() override;

 private:
  void run() noexcept;
  /// False when the watch is over; `*why` says why, and stays empty when it was ended by its owner.
  bool next_changes(std::vector<Record>* fresh, std::string* why);
  void report(const std::vector<Record>& fresh) const;

  std::shared_ptr<State> state_;
  std::string prefix_;
  int64_t next_;
  plugin::Watcher watcher_;
  bool stop_ = false;   // guarded by the state's mutex
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice::sqlite_store
