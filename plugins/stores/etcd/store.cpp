#include "store.hpp"

#include <Poco/Net/NetSSL.h>

#include <string>
#include <utility>

#include "messages.hpp"
#include "watch.hpp"

namespace sluice::etcd_store {
namespace {

using plugin::Failure;
using plugin::Json;
using Repeat = Gateway::Repeat;

constexpr int64_t kPage = 1000;  // keys of one answer

Failure no_lease(int64_t lease) { return Failure("lease " + std::to_string(lease) + " does not exist or has expired"); }

std::string lease_body(int64_t lease) { return R"({"ID":")" + std::to_string(lease) + "\"}"; }

/// All pages as of the revision of the first one.
int64_t read_pages(Gateway& gateway, std::string first, const std::string& end, const std::string& prefix,
                   std::vector<Pair>* found) {
  int64_t revision = 0;
  while (true) {
    const Json reply = gateway.call("/v3/kv/range", range_body(first, end, kPage, revision), Repeat::Yes);
    if (revision == 0) revision = revision_of(reply);
    const Json* kvs = reply.find("kvs");
    if (kvs) {
      for (const Json& kv : kvs->items()) found->push_back(pair_of(kv, prefix));
    }
    const Json* more = reply.find("more");
    if (!more || !more->boolean().value_or(false) || !kvs || kvs->items().empty()) return revision;
    std::string next = prefix + found->back().key + '\0';
    if (next <= first) throw Failure("etcd answers with the same keys again");
    first = std::move(next);
  }
}

}  // namespace

TlsUse::TlsUse() { Poco::Net::initializeSSL(); }
TlsUse::~TlsUse() { Poco::Net::uninitializeSSL(); }

EtcdStore::EtcdStore(const plugin::Config& config) : options_(Options::from(config)), log_(config), gateway_(options_) {
  if (options_.compact_every.count() > 0) compacting_ = std::thread([this] { compact_loop(); });
}

EtcdStore::~EtcdStore() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  if (compacting_.joinable()) compacting_.join();
}

void EtcdStore::compact_loop() noexcept {
  int64_t former = 0;  // the revision of one interval ago
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, options_.compact_every, [this] { return closed_; })) {
    lock.unlock();
    plugin::guard_silent([&] {
      try {
        // A transaction of nothing tells the revision, and needs no right to any key.
        const Json now = gateway_.call("/v3/kv/txn", "{}", Repeat::Yes);
        if (const int64_t old = std::exchange(former, revision_of(now)); old > 0) {
          gateway_.call("/v3/kv/compaction", R"({"revision":")" + std::to_string(old) + "\"}", Repeat::Yes);
        }
      } catch (const Failure& failure) {
        // Another node was faster.
        if (failure.native() != kOutOfRange) log_.warn("etcd cannot be compacted", {{"reason", failure.what()}});
      }
    });
    lock.lock();
  }
}

int64_t EtcdStore::range(std::string_view prefix, bool exact, const Each& each) {
  const std::string whole = options_.prefix + std::string(prefix);
  const std::string end = exact ? std::string() : range_end_of(whole);
  std::vector<Pair> found;  // collected first: `each` must not see the beginning of a range that is begun anew
  int64_t revision = 0;
  for (int tries = 3; revision == 0; --tries) {
    found.clear();
    try {
      revision = read_pages(gateway_, whole, end, options_.prefix, &found);
    } catch (const Failure& failure) {
      // Compacted between two pages.
      if (failure.native() != kOutOfRange || tries == 0) throw;
    }
  }
  for (const Pair& pair : found) each(pair.kv());
  return revision;
}

plugin::TxnResult EtcdStore::txn(const plugin::Txn& txn) {
  const bool writes = !txn.then_ops.empty() || !txn.else_ops.empty();
  const Json reply = gateway_.call("/v3/kv/txn", txn_body(txn, options_.prefix), writes ? Repeat::No : Repeat::Yes);
  const Json* succeeded = reply.find("succeeded");
  return {succeeded && succeeded->boolean().value_or(false), revision_of(reply)};
}

std::unique_ptr<plugin::StoreWatch> EtcdStore::watch(std::string_view prefix, int64_t from_revision,
                                                     plugin::Watcher watcher) {
  return std::make_unique<Watch>(gateway_, options_.prefix, prefix, from_revision < 0 ? 0 : from_revision, watcher);
}

int64_t EtcdStore::lease_grant(std::chrono::milliseconds ttl) {
  if (ttl.count() <= 0) throw Failure("a lease needs a time to live above 0 ms");
  const int64_t seconds = (ttl.count() + 999) / 1000;  // etcd counts in seconds, and makes it two or more
  // A second grant for a lost answer leaves a lease that nothing hangs on; it runs out.
  const Json reply =
      gateway_.call("/v3/lease/grant", R"({"TTL":")" + std::to_string(seconds) + R"(","ID":"0"})", Repeat::Yes);
  const int64_t id = number_at(reply, "ID");
  if (id == 0) throw Failure("etcd grants a lease without an id");
  return id;
}

void EtcdStore::lease_keep_alive(int64_t lease) {
  const Json reply = gateway_.call("/v3/lease/keepalive", lease_body(lease), Repeat::Yes);
  const Json* result = reply.find("result");
  if (!result) throw Failure("etcd answers to a keep-alive with something else").retryable();
  if (number_at(*result, "TTL") <= 0) throw no_lease(lease);
}

void EtcdStore::lease_revoke(int64_t lease) {
  try {
    gateway_.call("/v3/lease/revoke", lease_body(lease), Repeat::Yes);
  } catch (const Failure& failure) {
    if (failure.native() == kNotFound) throw no_lease(lease);
    throw;
  }
}

}  // namespace sluice::etcd_store

SLUICE_EXPORT_PLUGIN(sluice::etcd_store::EtcdStore)
