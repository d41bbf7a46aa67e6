#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "gateway.hpp"
#include "sluice/plugin/store.hpp"

namespace sluice::etcd_store {

/// One watch of etcd on a connection and a thread of its own. Begun when it is constructed: what changes afterwards is
/// reported. It is lost when the connection breaks, the member loses its cluster, or the revision is compacted.
class Watch final : public plugin::StoreWatch {
 public:
  /// `gateway` must stay as long as the watch is being constructed. Throws a Failure when it cannot begin.
  Watch(Gateway& gateway, const std::string& instance_prefix, std::string_view prefix, int64_t from_revision,
        const plugin::Watcher& watcher);
  ~Watch() override;

 private:
  void run() noexcept;
  /// Reports one message; false when it says that the watch is over.
  bool report(const plugin::Json& message, std::string* why);

  const std::string instance_prefix_;
  plugin::Watcher watcher_;
  plugin::Json first_;
  std::unique_ptr<Stream> stream_;
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice::etcd_store
