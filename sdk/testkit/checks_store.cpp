#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "check.hpp"
#include "library.hpp"

namespace sluice::testkit {

namespace {

using Clock = std::chrono::steady_clock;

struct Pair {
  std::string key, value;
  int64_t create, mod, version, lease;
};

/// The store under test with calls that fail the check when they fail.
class Bench {
 public:
  explicit Bench(const Subject& subject)
      : library_(subject.file), store_(std::make_unique<host::Store>(as<host::Store>(library_.create(subject)))) {}

  host::Store& store() { return *store_; }
  void reopen(const Subject& subject) {
    store_.reset();
    store_ = std::make_unique<host::Store>(as<host::Store>(library_.create(subject)));
  }

  struct Op {
    int32_t op;
    std::string key, value;
    int64_t lease = 0;
  };
  /// Returns the revision; `succeeded` tells which list ran.
  int64_t txn(const std::vector<sluice_compare>& compares, const std::vector<Op>& then,
              const std::vector<Op>& otherwise, bool& succeeded) {
    const auto flat = [](const std::vector<Op>& ops) {
      std::vector<sluice_store_op> out;
      for (const Op& o : ops) out.push_back({o.op, 0, to_bytes(o.key), to_bytes(o.value), o.lease});
      return out;
    };
    const auto a = flat(then), b = flat(otherwise);
    auto txn = make_sized<sluice_txn>();
    txn.compares = compares.data();
    txn.compare_count = compares.size();
    txn.then_ops = a.data();
    txn.then_count = a.size();
    txn.else_ops = b.data();
    txn.else_count = b.size();
    auto error = make_sized<sluice_error>();
    int64_t revision = 0;
    if (store_->txn(txn, succeeded, revision, error) != SLUICE_OK) fail("txn: " + said(error));
    return revision;
  }
  int64_t run(const std::vector<Op>& ops) {
    bool succeeded = false;
    const int64_t revision = txn({}, ops, {}, succeeded);
    expect(succeeded, "a transaction without comparisons did not succeed");
    return revision;
  }
  int64_t put(const std::string& key, const std::string& value, int64_t lease = 0) {
    return run({{SLUICE_OP_PUT, key, value, lease}});
  }
  std::vector<Pair> range(const std::string& prefix, bool exact = false, int64_t* revision = nullptr) {
    std::vector<Pair> all;
    auto error = make_sized<sluice_error>();
    int64_t at = 0;
    const auto each = [&](const sluice_kv& kv) {
      all.push_back({std::string(view(kv.key)), std::string(view(kv.value)), kv.create_revision, kv.mod_revision,
                     kv.version, kv.lease});
    };
    if (store_->range(prefix, exact, at, each, error) != SLUICE_OK) fail("range: " + said(error));
    if (revision) *revision = at;
    return all;
  }
  std::string get(const std::string& key) {
    const auto found = range(key, true);
    return found.empty() ? "(absent)" : found[0].value;
  }

 private:
  Library library_;
  std::unique_ptr<host::Store> store_;
};

sluice_compare compare(int32_t target, int32_t result, const std::string& key, int64_t number) {
  return {target, result, to_bytes(key), number, {}};
}

void put_get_delete(const Subject& subject) {
  Bench b(subject);
  expect(b.get("/a") == "(absent)", "a new store holds the key /a");
  const int64_t first = b.put("/a", "1");
  const int64_t second = b.put("/a", "2");
  const auto found = b.range("/a", true);
  expect(found.size() == 1 && found[0].value == "2", "the value written last is not the one read");
  expect(found[0].create == first, "create_revision is not the revision of the first put");
  expect(found[0].mod == second, "mod_revision is not the revision of the last put");
  expect(found[0].version == 2, "version is " + std::to_string(found[0].version) + " after two puts, not 2");
  const std::string binary("k\0\xff\x01", 4), value("\0v\xfe", 3);
  b.put(binary, value);
  expect(b.get(binary) == value, "keys and values with zero and high bytes do not survive");
  b.put("/empty", "");
  expect(b.get("/empty").empty(), "an empty value does not survive");
  const std::string large(512 * 1024, 'L');
  b.put("/large", large);
  expect(b.get("/large") == large, "a value of 512 KiB does not survive");
  b.run({{SLUICE_OP_DELETE, "/a", ""}});
  expect(b.get("/a") == "(absent)", "a deleted key is still there");
  b.put("/a", "3");
  expect(b.range("/a", true)[0].version == 1, "version does not begin at 1 after a delete");
}

void compares_of_all_targets(Bench& b) {
  const int64_t created = b.put("/c", "x");
  const int64_t changed = b.put("/c", "y");
  const auto holds = [&](sluice_compare c) {
    bool succeeded = false;
    b.txn({c}, {}, {}, succeeded);
    return succeeded;
  };
  const std::string key = "/c", missing = "/missing";
  struct Case {
    int32_t target;
    int64_t number;
    const char* name;
  };
  for (const Case& c : {Case{SLUICE_COMPARE_VERSION, 2, "version"},
                        {SLUICE_COMPARE_CREATE, created, "create"},
                        {SLUICE_COMPARE_MOD, changed, "mod"}}) {
    const std::string what = std::string("comparison of ") + c.name;
    expect(holds(compare(c.target, SLUICE_EQUAL, key, c.number)), what + ": EQUAL is false for the right number");
    expect(!holds(compare(c.target, SLUICE_EQUAL, key, c.number + 1)), what + ": EQUAL is true for a wrong number");
    expect(holds(compare(c.target, SLUICE_GREATER, key, c.number - 1)), what + ": GREATER is false");
    expect(!holds(compare(c.target, SLUICE_GREATER, key, c.number)), what + ": GREATER is true for an equal number");
    expect(holds(compare(c.target, SLUICE_LESS, key, c.number + 1)), what + ": LESS is false");
    expect(!holds(compare(c.target, SLUICE_NOT_EQUAL, key, c.number)),
           what + ": NOT_EQUAL is true for an equal number");
    expect(holds(compare(c.target, SLUICE_EQUAL, missing, 0)), what + ": a missing key does not have 0");
  }
  sluice_compare value{SLUICE_COMPARE_VALUE, SLUICE_EQUAL, to_bytes(key), 0, to_bytes("y")};
  expect(holds(value), "comparison of value: EQUAL is false for the right value");
  value.value = to_bytes("x");
  expect(!holds(value), "comparison of value: EQUAL is true for another value");
  value.result = SLUICE_NOT_EQUAL;
  expect(holds(value), "comparison of value: NOT_EQUAL is false for another value");
  value.key = to_bytes(missing);
  expect(!holds(value), "comparison of value: it is true for a missing key");
}

void compare_and_swap(const Subject& subject) {
  Bench b(subject);
  const std::string key = "/leader";
  bool won = false;
  b.txn({compare(SLUICE_COMPARE_CREATE, SLUICE_EQUAL, key, 0)}, {{SLUICE_OP_PUT, key, "first"}}, {}, won);
  expect(won, "the first of two writers does not win");
  b.txn({compare(SLUICE_COMPARE_CREATE, SLUICE_EQUAL, key, 0)}, {{SLUICE_OP_PUT, key, "second"}},
        {{SLUICE_OP_PUT, "/loser", "second"}}, won);
  expect(!won && b.get(key) == "first", "the second of two writers wins although its comparison is false");
  expect(b.get("/loser") == "second", "the else list did not run");
  compares_of_all_targets(b);
  // Four threads count to 25 each, by reading and swapping.
  b.put("/count", "0");
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::string problem;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      try {
        const std::string counter = "/count";
        for (int done = 0; done < 25;) {
          const Pair now = b.range(counter, true).at(0);
          bool swapped = false;
          b.txn({compare(SLUICE_COMPARE_MOD, SLUICE_EQUAL, counter, now.mod)},
                {{SLUICE_OP_PUT, counter, std::to_string(std::stoi(now.value) + 1)}}, {}, swapped);
          if (swapped) ++done;
        }
      } catch (const Failed& f) {
        const std::lock_guard<std::mutex> lock(mutex);
        problem = f.why;
      }
    });
  }
  for (auto& t : threads) t.join();
  expect(problem.empty(), problem);
  expect(b.get("/count") == "100", "four threads made 100 swaps, the counter says " + b.get("/count"));
}

void range_order(const Subject& subject) {
  Bench b(subject);
  const std::vector<std::string> keys = {"/r/", "/r/\x01", "/r/a", "/r/a/b", "/r/b", "/r/\xc3\xa9", "/r/\xff\xff"};
  for (size_t i = keys.size(); i-- > 0;) b.put(keys[i], "v" + std::to_string(i));
  for (const char* other : {"/q", "/r", "/s", "/r0", "\xff\xff"}) b.put(other, "x");
  int64_t at = 0;
  const auto found = b.range("/r/", false, &at);
  expect(found.size() == keys.size(),
         "a prefix of " + std::to_string(keys.size()) + " keys gives " + std::to_string(found.size()));
  for (size_t i = 0; i < keys.size(); ++i) {
    expect(found[i].key == keys[i] && found[i].value == "v" + std::to_string(i), "keys are not in byte order");
    expect(found[i].mod <= at, "a key is newer than the revision of its range");
  }
  expect(b.range("/r/a", true).size() == 1, "`exact` gives more than the key itself");
  expect(b.range("\xff", false).size() == 1, "a prefix of the byte 255 is not found");
  expect(b.range("", false).size() == keys.size() + 5, "the empty prefix does not give all keys");
  for (int i = 0; i < 500; ++i) b.put("/many/" + std::to_string(10000 + i), "v");
  const auto many = b.range("/many/");
  expect(many.size() == 500, "500 keys give " + std::to_string(many.size()));
}

void revisions(const Subject& subject) {
  Bench b(subject);
  int64_t last = b.put("/m", "0");
  for (int i = 0; i < 20; ++i) {
    const int64_t next = b.put("/m", std::to_string(i));
    expect(next > last, "a change does not raise the revision");
    last = next;
  }
  const int64_t both = b.run({{SLUICE_OP_PUT, "/m1", "a"}, {SLUICE_OP_PUT, "/m2", "b"}, {SLUICE_OP_DELETE, "/m", ""}});
  expect(both == last + 1,
         "a transaction of several changes raises the revision by " + std::to_string(both - last) + ", not by 1");
  expect(b.range("/m1", true).at(0).mod == both && b.range("/m2", true).at(0).mod == both,
         "the keys of one transaction have different revisions");
  bool succeeded = true;
  const std::string key = "/m1";
  const int64_t same =
      b.txn({compare(SLUICE_COMPARE_VERSION, SLUICE_EQUAL, key, 99)}, {{SLUICE_OP_PUT, key, "z"}}, {}, succeeded);
  expect(!succeeded && same == both, "a transaction that changes nothing raises the revision");
  int64_t at = 0;
  (void)b.range("/m1", true, &at);
  expect(at == both, "range reports another revision than the last change");
}

void delete_prefix(const Subject& subject) {
  Bench b(subject);
  for (const char* key : {"/d/1", "/d/2", "/d/2/x", "/d", "/e"}) b.put(key, "v");
  b.run({{SLUICE_OP_DELETE_PREFIX, "/d/", ""}});
  expect(b.range("/d/").empty(), "keys of a deleted prefix are still there");
  expect(b.get("/d") == "v" && b.get("/e") == "v", "deleting a prefix removed other keys");
}

/// Never torn: a reader sees both keys of a transaction or none.
void atomic_ranges(const Subject& subject) {
  Bench b(subject);
  std::atomic<bool> stop{false};
  std::string problem;
  std::thread writer([&] {
    try {
      for (int i = 0; i < 200; ++i) {
        const std::string v = std::to_string(i);
        b.run({{SLUICE_OP_PUT, "/t/a", v}, {SLUICE_OP_PUT, "/t/b", v}});
      }
    } catch (const Failed& f) {
      problem = f.why;
    }
    stop = true;
  });
  bool torn = false;
  while (!stop) {
    const auto seen = b.range("/t/");
    torn = torn || seen.size() == 1 || (seen.size() == 2 && seen[0].value != seen[1].value);
  }
  writer.join();
  expect(problem.empty(), problem);
  expect(!torn, "a range saw half of a transaction");
}

/// Collects what a watch reports.
class Recorder : public host::WatchReceiver {
 public:
  struct Seen {
    int32_t op;
    std::string key, value;
    int64_t revision;
    int call;
  };
  void on_events(std::span<const sluice_watch_event> events) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& e : events) {
      seen_.push_back({e.op, std::string(view(e.kv.key)), std::string(view(e.kv.value)), e.kv.mod_revision, calls_});
    }
    ++calls_;
    ready_.notify_all();
  }
  void on_lost(const sluice_error& error) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex_);
    lost_ = said(error);
    ready_.notify_all();
  }
  std::vector<Seen> wait_for(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    // A fixed point in time and the system clock: TSan of g++ 12 does not know the monotonic wait.
    ready_.wait_until(lock, std::chrono::system_clock::now() + std::chrono::seconds(10),
                      [&] { return seen_.size() >= count || !lost_.empty(); });
    if (!lost_.empty()) fail("the watch was lost: " + lost_);
    return seen_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Seen> seen_;
  int calls_ = 0;
  std::string lost_;
};

void compare_events(const std::vector<Recorder::Seen>& want, const std::vector<Recorder::Seen>& got, const char* when) {
  for (size_t i = 0; i < want.size(); ++i) {
    const std::string what =
        std::string(when) + ", event " + std::to_string(i + 1) + " of " + std::to_string(want.size());
    expect(i < got.size(), what + " (" + want[i].key + ") did not arrive within 10 s");
    expect(got[i].op == want[i].op && got[i].key == want[i].key && got[i].value == want[i].value &&
               got[i].revision == want[i].revision,
           what + " should be " + want[i].key + " at revision " + std::to_string(want[i].revision) + ", is " +
               got[i].key + " at " + std::to_string(got[i].revision));
    if (i > 0 && want[i].revision == want[i - 1].revision) {
      expect(got[i].call == got[i - 1].call, what + ": the events of one revision came in several calls");
    }
  }
  expect(got.size() == want.size(), std::string(when) + ": more events than changes");
}

void write_history(Bench& b, int rounds, std::vector<Recorder::Seen>& want) {
  for (int i = 0; i < rounds; ++i) {
    const std::string key = "/w/" + std::to_string(i % 3), v = std::to_string(i);
    const int64_t one = b.put(key, v);
    want.push_back({SLUICE_OP_PUT, key, v, one, 0});
    b.put("/other", v);
    const int64_t two = b.run({{SLUICE_OP_PUT, "/w/x", v}, {SLUICE_OP_PUT, "/w/y", v}});
    want.push_back({SLUICE_OP_PUT, "/w/x", v, two, 0});
    want.push_back({SLUICE_OP_PUT, "/w/y", v, two, 0});
    const int64_t three = b.run({{SLUICE_OP_DELETE, "/w/x", ""}});
    want.push_back({SLUICE_OP_DELETE, "/w/x", "", three, 0});
  }
}

void watch(const Subject& subject) {
  Bench b(subject);
  b.put("/w/before", "x");
  std::vector<Recorder::Seen> want;
  write_history(b, 5, want);
  Recorder replay, live;
  host::StoreWatch from_past, from_now;
  auto error = make_sized<sluice_error>();
  if (b.store().watch("/w/", want[0].revision, replay, from_past, error) != SLUICE_OK) fail("watch: " + said(error));
  if (b.store().watch("/w/", 0, live, from_now, error) != SLUICE_OK) fail("watch: " + said(error));
  const size_t past = want.size();
  write_history(b, 5, want);
  compare_events(want, replay.wait_for(want.size()), "watch from a past revision");
  const std::vector<Recorder::Seen> later(want.begin() + static_cast<std::ptrdiff_t>(past), want.end());
  compare_events(later, live.wait_for(later.size()), "watch from now");
  from_past.stop();
  b.put("/w/after", "x");
  live.wait_for(later.size() + 1);
  expect(replay.wait_for(0).size() == want.size(), "a watch reports after unwatch has returned");
}

template <typename Condition>
bool within(std::chrono::seconds limit, Condition&& holds) {
  const auto end = Clock::now() + limit;
  while (!holds()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void leases(const Subject& subject) {
  Bench b(subject);
  auto error = make_sized<sluice_error>();
  int64_t lease = 0, other = 0;
  if (b.store().lease_grant(1000, lease, error) != SLUICE_OK) fail("lease_grant: " + said(error));
  if (b.store().lease_grant(60000, other, error) != SLUICE_OK) fail("lease_grant: " + said(error));
  expect(lease != 0 && other != 0 && lease != other, "leases are not unique and non-zero");
  b.put("/l/1", "v", lease);
  b.put("/l/2", "v", lease);
  b.put("/l/3", "v", other);
  expect(b.range("/l/1", true).at(0).lease == lease, "a key does not report its lease");
  const auto end = Clock::now() + std::chrono::milliseconds(2500);
  while (Clock::now() < end) {
    if (b.store().lease_keep_alive(lease, error) != SLUICE_OK) fail("lease_keep_alive: " + said(error));
    expect(b.range("/l/").size() == 3, "a key vanished although its lease was kept alive");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  expect(within(std::chrono::seconds(10), [&] { return b.range("/l/").size() == 1; }),
         "keys of a lease of 1 s are still there 10 s after the last keep-alive");
  expect(b.get("/l/3") == "v", "a key of another lease vanished");
  expect(b.store().lease_keep_alive(lease, error) != SLUICE_OK, "an expired lease can be kept alive");
  if (b.store().lease_revoke(other, error) != SLUICE_OK) fail("lease_revoke: " + said(error));
  expect(b.get("/l/3") == "(absent)", "a key of a revoked lease is still there");
}

void reopen(const Subject& subject) {
  if (!subject.has_folder) skip("the configuration names no {tmp} folder: nothing outlives the instance");
  Bench b(subject);
  const int64_t revision = b.put("/p/a", "1");
  b.put("/p/b", "2");
  b.reopen(subject);
  expect(b.get("/p/a") == "1" && b.get("/p/b") == "2", "values are gone after closing and opening the store");
  expect(b.range("/p/a", true).at(0).mod == revision, "revisions changed by closing and opening the store");
  expect(b.put("/p/c", "3") > revision + 1, "the revision went back by closing and opening the store");
}

}  // namespace

const std::vector<Check>& store_checks() {
  static const std::vector<Check> kChecks = {
      {"store-put-get", "store", "What is put is read; versions and revisions say when.", &put_get_delete},
      {"store-cas", "store", "Comparisons decide: of two writers one wins.", &compare_and_swap, 60},
      {"store-range", "store", "A prefix gives exactly its keys, in byte order.", &range_order},
      {"store-revisions", "store", "Every transaction that changes something raises the one revision by one.",
       &revisions},
      {"store-delete-prefix", "store", "Deleting a prefix deletes its keys and no other.", &delete_prefix},
      {"store-atomic", "store", "No reader sees half of a transaction.", &atomic_ranges, 60},
      {"store-watch", "store", "A watch sees every change once, in order, whole revisions at a time.", &watch, 60},
      {"store-lease", "store", "Keys live as long as their lease, not longer.", &leases, 60},
      {"store-reopen", "store", "Data and revisions survive closing and opening.", &reopen},
  };
  return kChecks;
}

}  // namespace sluice::testkit
