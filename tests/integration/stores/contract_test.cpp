// What all stores promise in the same words: etcd's.
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <mutex>
#include <thread>

#include "open_store.hpp"
#include "tests/support/http.hpp"
#include "tests/support/server.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::vector<std::string> stores() {
  std::vector<std::string> out{"sqlite", "memory"};
  if (const std::string why = EtcdServer::missing(); why.empty()) {
    out.emplace_back("etcd");
  } else {
    WARN("without the store etcd: " << why);
  }
  return out;
}

struct Fixture {
  TempDir folder;
  std::string id = GENERATE(from_range(stores()));
  std::unique_ptr<EtcdServer> etcd = id == "etcd" ? std::make_unique<EtcdServer>() : nullptr;
  host::Store store = open_store(SLUICE_PLUGIN_DIR, id, config());

  std::string config() const {
    if (id == "etcd") return R"({"name":"s","endpoints":[")" + etcd->url() + "\"]}";
    if (id == "memory") return R"({"name":"s","history":20})";
    return R"({"name":"s","file":")" + (folder.path() / "state.db").string() + R"(","history":20})";
  }
  /// What lies more than a few changes back is forgotten: etcd does so when it is told to.
  void forget(int64_t revision) const {
    if (etcd) {
      (void)HttpClient(etcd->port()).post("/v3/kv/compaction", R"({"revision":")" + std::to_string(revision) + "\"}");
    }
  }
};

class Receiver final : public host::WatchReceiver {
 public:
  void on_events(std::span<const sluice_watch_event> events) noexcept override {
    const std::lock_guard lock(mutex_);
    for (const auto& e : events) {
      text_ += (e.op == SLUICE_OP_DELETE ? "-" : "+") + std::string(view(e.kv.key)) +
               (e.op == SLUICE_OP_DELETE ? "" : "=" + std::string(view(e.kv.value))) + "@" +
               std::to_string(e.kv.mod_revision) + " ";
    }
    ++calls_;
  }
  void on_lost(const sluice_error& error) noexcept override {
    const std::lock_guard lock(mutex_);
    text_ += "lost: " + message_of(error);
    lost_ = true;
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  bool lost() const { return lost_; }

 private:
  std::mutex mutex_;
  std::string text_;
  int calls_ = 0;
  std::atomic<bool> lost_{false};
};

host::StoreWatch watch(const host::Store& store, std::string_view prefix, int64_t from, Receiver& receiver) {
  host::StoreWatch out;
  auto error = make_sized<sluice_error>();
  INFO(message_of(error));
  REQUIRE(store.watch(prefix, from, receiver, out, error) == SLUICE_OK);
  return out;
}

}  // namespace

TEST_CASE("store: a transaction raises the revision by one and stamps its keys with it", "[integration][store]") {
  const Fixture f;
  const auto first = commit(f.store, {put("/a", "1"), put("/b", "2")});
  REQUIRE(first.ok);
  CHECK(first.revision == 2);
  const auto second = commit(f.store, {put("/a", "3")});
  CHECK(second.revision == 3);
  const auto a = get(f.store, "/a");
  REQUIRE(a);
  CHECK(a->value == "3");
  CHECK(a->create_revision == 2);
  CHECK(a->mod_revision == 3);
  CHECK(a->version == 2);
  commit(f.store, {drop("/a")});
  CHECK_FALSE(get(f.store, "/a"));
  CHECK(commit(f.store, {drop("/a")}).revision == 4);
  commit(f.store, {put("/a", "new")});
  CHECK(get(f.store, "/a")->version == 1);
  CHECK(get(f.store, "/a")->create_revision == 5);
}

TEST_CASE("store: a range is the keys of a prefix in byte order", "[integration][store]") {
  const Fixture f;
  const std::string high = "p\xff\xff";
  commit(f.store, {put("p/2", "b"), put("p/1", "a"), put("q", "no"), put("p", ""), put(high + "x", "h")});
  int64_t revision = 0;
  const auto all = range(f.store, "p", &revision);
  CHECK(revision == 2);
  REQUIRE(all.size() == 4);
  CHECK(all[0].key == "p");
  CHECK(all[0].value.empty());
  CHECK(all[1].key == "p/1");
  CHECK(all[2].key == "p/2");
  CHECK(range(f.store, high).size() == 1);
  CHECK(range(f.store, "\xff").empty());
  CHECK(range(f.store, "").size() == 5);
  CHECK_FALSE(get(f.store, "p/"));  // exactly, not as a prefix
  CHECK(commit(f.store, {drop_prefix("p/")}).revision == 3);
  CHECK(range(f.store, "").size() == 3);
}

TEST_CASE("store: compares choose the list, a key twice, an empty key and unknown words are refused",
          "[integration][store]") {
  const Fixture f;
  CHECK(commit(f.store, {put("k", "v")}, {version_is("k", 0)}).succeeded);
  const auto again = commit(f.store, {put("k", "w")}, {version_is("k", 0)}, {put("else", "1")});
  CHECK(again.ok);
  CHECK_FALSE(again.succeeded);
  CHECK(get(f.store, "k")->value == "v");
  CHECK(get(f.store, "else"));
  const sluice_compare value_is{SLUICE_COMPARE_VALUE, SLUICE_EQUAL, to_bytes("k"), 0, to_bytes("v")};
  const sluice_compare absent{SLUICE_COMPARE_VALUE, SLUICE_NOT_EQUAL, to_bytes("none"), 0, to_bytes("v")};
  CHECK(commit(f.store, {}, {value_is}).succeeded);
  CHECK_FALSE(commit(f.store, {}, {absent}).succeeded);
  CHECK_FALSE(commit(f.store, {put("x", "1"), put("x", "2")}).ok);
  CHECK_FALSE(commit(f.store, {put("x/1", "1"), drop_prefix("x/")}).ok);
  CHECK_FALSE(commit(f.store, {put("", "1")}).ok);
  CHECK_FALSE(commit(f.store, {put("x", "1", 4711)}).ok);
  CHECK_FALSE(commit(f.store, {{9, 0, to_bytes("x"), {}, 0}}).ok);
  CHECK_FALSE(get(f.store, "x"));
}

TEST_CASE("store: of many writers that compare-and-swap one counter none loses an update", "[integration][store]") {
  const Fixture f;
  commit(f.store, {put("n", "0")});
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&] {
      for (int done = 0; done < 25;) {
        const auto now = get(f.store, "n");
        const std::string next = std::to_string(std::stoi(now->value) + 1);
        if (commit(f.store, {put("n", next)}, {version_is("n", now->version)}).succeeded) ++done;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  CHECK(get(f.store, "n")->value == "100");
}

TEST_CASE("store: a watch reports its prefix from the revision on, in order, deletes too", "[integration][store]") {
  const Fixture f;
  commit(f.store, {put("w/1", "a"), put("other", "x")});
  commit(f.store, {put("w/1", "b")});
  Receiver past;
  Receiver now;
  const auto from_three = watch(f.store, "w/", 3, past);
  const auto from_now = watch(f.store, "w/", 0, now);
  commit(f.store, {put("other", "y")});
  commit(f.store, {drop("w/1"), put("w/2", "c")});
  CHECK(wait_for([&] { return past.text() == "+w/1=b@3 -w/1@5 +w/2=c@5 "; }, 10s));
  CHECK(wait_for([&] { return now.text() == "-w/1@5 +w/2=c@5 "; }, 10s));
}

TEST_CASE("store: a watch from a forgotten revision is lost and says that it must read again", "[integration][store]") {
  const Fixture f;
  int64_t revision = 0;
  for (int i = 0; i < 600; ++i) revision = commit(f.store, {put("k", std::to_string(i))}).revision;
  f.forget(revision - 20);
  Receiver receiver;
  const auto handle = watch(f.store, "k", 2, receiver);
  CHECK(wait_for([&] { return receiver.lost(); }, 10s));
  CHECK(receiver.text().find("compacted") != std::string::npos);
}

TEST_CASE("store: a watcher may call the store, the end of a watch waits for its callback", "[integration][store]") {
  const Fixture f;
  struct Calling final : host::WatchReceiver {
    const host::Store& store;
    std::atomic<int> done{0};
    explicit Calling(const host::Store& s) : store(s) {}
    void on_events(std::span<const sluice_watch_event>) noexcept override {
      if (get(store, "k") && range(store, "").size() == 1) ++done;
    }
    void on_lost(const sluice_error&) noexcept override {}
  } receiver(f.store);
  auto error = make_sized<sluice_error>();
  host::StoreWatch handle;
  REQUIRE(f.store.watch("", 0, receiver, handle, error) == SLUICE_OK);
  commit(f.store, {put("k", "v")});
  CHECK(wait_for([&] { return receiver.done == 1; }, 10s));
  handle.stop();
  commit(f.store, {put("k", "w")});
  CHECK(receiver.done == 1);
}

TEST_CASE("store: keys vanish with their lease when it expires or is revoked, and stay while it is kept alive",
          "[integration][store]") {
  const Fixture f;
  auto error = make_sized<sluice_error>();
  int64_t kept = 0;
  int64_t dying = 0;
  int64_t revoked = 0;
  REQUIRE(f.store.lease_grant(2000, kept, error) == SLUICE_OK);
  REQUIRE(f.store.lease_grant(200, dying, error) == SLUICE_OK);
  REQUIRE(f.store.lease_grant(60000, revoked, error) == SLUICE_OK);
  Receiver receiver;
  const auto handle = watch(f.store, "", 0, receiver);
  commit(f.store, {put("kept", "1", kept), put("dying/1", "1", dying), put("dying/2", "1", dying),
                   put("revoked", "1", revoked), put("moved", "1", revoked)});
  commit(f.store, {put("moved", "2")});  // a put without a lease takes the key off
  REQUIRE(f.store.lease_revoke(revoked, error) == SLUICE_OK);
  CHECK_FALSE(get(f.store, "revoked"));
  CHECK(get(f.store, "moved"));
  CHECK(wait_for(
      [&] {
        (void)f.store.lease_keep_alive(kept, error);
        return !get(f.store, "dying/1") && !get(f.store, "dying/2");
      },
      10s));
  CHECK(get(f.store, "kept"));
  CHECK(f.store.lease_keep_alive(dying, error) != SLUICE_OK);
  CHECK(f.store.lease_revoke(revoked, error) != SLUICE_OK);
  CHECK(f.store.lease_grant(0, kept, error) != SLUICE_OK);
  CHECK(wait_for([&] { return receiver.text().find("-dying/1@5 -dying/2@5") != std::string::npos; }, 10s));
}
