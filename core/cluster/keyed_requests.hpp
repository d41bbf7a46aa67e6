#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "core/cluster/effect_mark.hpp"
#include "core/cluster/state_store.hpp"

namespace sluice::plugin {
class SecretBox;
}

namespace sluice::cluster {

/// A reply as it was given.
struct KeptReply {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// A request that carries a key, by which a client can repeat it without repeating its effect.
struct KeyedRequest {
  std::string key;        ///< 1 to 255 visible ASCII characters; the caller has checked that
  std::string operation;  ///< for people
  std::string whole;      ///< all that makes it this request; only a keyed digest of it is stored
  /// Its effects are writes to the state store alone, or come after one: a request that has written nothing has done
  /// nothing.
  bool effects_in_store = true;
};

/// Remembers in the state store what was answered to requests that carry a key. A record is made before the request is
/// carried out ("started"), changed in the transaction of its first write ("effective"), and gets the reply
/// ("finished"). So every node can give the reply again, and after a crash it is known whether there was an effect.
/// Thread-safe.
class KeyedRequests {
 public:
  struct Limits {
    std::chrono::milliseconds age = std::chrono::hours(24);
    size_t records = 4096;
    size_t bytes = 16U << 20U;
    size_t body = 256U << 10U;  ///< a longer reply is not kept
    int sweep_every = 100;      ///< requests between two looks at what is too much
  };
  /// `process` is unique to this run of the program: the value of process_key(node) while that lives.
  KeyedRequests(StateStore& store, const plugin::SecretBox* secrets, std::string node, std::string process);
  KeyedRequests(StateStore& store, const plugin::SecretBox* secrets, std::string node, std::string process,
                Limits limits, std::function<int64_t()> now_ms);

  /// One request between begin and finish. While it lives, what its thread writes is marked.
  class Held {
   public:
    Held(KeyedRequests& requests, std::string key, int64_t revision, std::string started, const std::string& effective);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    /// Keeps the reply; null: the request failed in a way that a repetition may mend, and may be carried out again if
    /// it has had no effect. Failures are logged: the client gets its reply all the same.
    void finish(const KeptReply* reply);

   private:
    KeyedRequests& requests_;
    const std::string key_;
    const std::string started_;  ///< the record as it was begun
    std::optional<EffectMark> mark_;
  };
  struct Begun {
    std::unique_ptr<Held> held;      ///< carry it out, then finish
    std::optional<KeptReply> reply;  ///< or give this again
  };
  /// E49001 when the key belongs to another request, or its first request is running, or what became of that is not
  /// known or cannot be told again; store errors.
  Result<Begun> begin(const KeyedRequest& request);

 private:
  struct Record;
  Result<Begun> look_up(const KeyedRequest& request, const std::string& key);
  Result<std::optional<KeptReply>> judge(const Record& record, const std::string& digest) const;
  Result<std::optional<KeptReply>> kept_reply(const Record& record) const;
  Result<bool> still_running(const Record& record) const;
  void end(const std::string& key);
  Status keep(const std::string& key, const std::string& started, const std::string& effective, const KeptReply* reply);
  void sweep_sometimes(size_t bytes);
  Status sweep();

  StateStore& store_;
  const plugin::SecretBox* secrets_;
  const std::string node_;
  const std::string process_;
  const Limits limits_;
  const std::function<int64_t()> now_ms_;
  std::mutex mutex_;
  std::set<std::string> running_;  ///< keys of the store
  int since_sweep_ = 0;
  size_t bytes_since_sweep_ = 0;
};

}  // namespace sluice::cluster
