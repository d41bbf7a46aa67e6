#include "core/cluster/keyed_requests.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/cluster/keys.hpp"
#include "core/cluster/random_id.hpp"
#include "core/cluster/records.hpp"
#include "core/model/json.hpp"
#include "core/model/json_reader.hpp"
#include "core/model/utc_text.hpp"
#include "core/plugin/log.hpp"
#include "core/plugin/secret_box.hpp"

namespace sluice::cluster {
namespace {

using model::Json;

constexpr int kTries = 5;
constexpr size_t kBatch = 64;

int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string digest_of(const plugin::SecretBox* secrets, const std::string& text) {
  return secrets ? secrets->digest(text) : plugin::SecretBox(plugin::SecretBox::Key{}).digest(text);
}

/// Of one length, so that none is the beginning of another.
std::string record_key(const plugin::SecretBox* secrets, const std::string& key) {
  return kKeyedRoot + digest_of(secrets, "key " + key);
}

Result<std::optional<Entry>> read_entry(const StateStore& store, const std::string& key) {
  auto entries = store.range(key);
  if (!entries.ok()) return entries.status();
  if (entries->empty()) return std::optional<Entry>();
  return std::optional<Entry>(std::move(entries->front()));
}

}  // namespace

struct KeyedRequests::Record {
  std::string digest;
  std::string operation;
  std::string node;
  std::string process;
  std::string attempt;
  int64_t at = 0;
  std::string state = "started";  ///< started, effective, finished
  bool effects_in_store = true;
  int status = 0;
  std::string content_type;
  std::optional<std::string> body;  ///< sealed; nothing when it was too long

  std::string begun() const {
    const std::chrono::system_clock::time_point when{std::chrono::milliseconds(at)};
    return "(" + operation + ", begun at " + model::utc_text(when) + " on node " + node + ")";
  }
  std::string text() const;
  static Result<Record> read(const std::string& text);
};

std::string KeyedRequests::Record::text() const {
  Json out = Json::object().set("version", 1).set("state", state).set("digest", digest).set("operation", operation);
  out.set("node", node).set("process", process).set("attempt", attempt).set("at", at);
  out.set("effects_in_store", effects_in_store);
  if (state == "finished") out.set("status", status).set("content_type", content_type);
  if (body) out.set("body", *body);
  return to_text(out);
}

Result<KeyedRequests::Record> KeyedRequests::Record::read(const std::string& text) {
  auto json = model::parse_json(text);
  if (!json.ok()) return json.status();
  model::JsonReader reader(*json, "keyed request");
  if (reader.required_integer("version", 1, INT32_MAX) > 1) {
    return make_error(42502, "the record of this Idempotency-Key was written by a newer release");
  }
  Record out;
  out.state = reader.required_text("state");
  out.digest = reader.required_text("digest");
  out.operation = reader.required_text("operation");
  out.node = reader.required_text("node");
  out.process = reader.required_text("process");
  out.attempt = reader.required_text("attempt");
  out.at = reader.required_integer("at", 0, INT64_MAX);
  out.effects_in_store = reader.boolean("effects_in_store").value_or(true);
  out.status = static_cast<int>(reader.integer("status", 0, 999).value_or(0));
  out.content_type = reader.text("content_type").value_or("");
  out.body = reader.text("body");
  if (!reader.ok()) return reader.status();
  return out;
}

KeyedRequests::KeyedRequests(StateStore& store, const plugin::SecretBox* secrets, std::string node, std::string process)
    : KeyedRequests(store, secrets, std::move(node), std::move(process), Limits{}, wall_ms) {}

KeyedRequests::KeyedRequests(StateStore& store, const plugin::SecretBox* secrets, std::string node, std::string process,
                             Limits limits, std::function<int64_t()> now_ms)
    : store_(store),
      secrets_(secrets),
      node_(std::move(node)),
      process_(std::move(process)),
      limits_(limits),
      now_ms_(std::move(now_ms)) {}

KeyedRequests::Held::Held(KeyedRequests& requests, std::string key, int64_t revision, std::string started,
                          const std::string& effective)
    : requests_(requests), key_(std::move(key)), started_(std::move(started)) {
  mark_.emplace(key_, revision, effective);
}

KeyedRequests::Held::~Held() {
  mark_.reset();
  requests_.end(key_);
}

void KeyedRequests::Held::finish(const KeptReply* reply) {
  const std::string effective = mark_->value;
  mark_.reset();
  if (Status kept = requests_.keep(key_, started_, effective, reply); !kept) {
    log::warn("The reply to a request with an Idempotency-Key could not be kept", {{"error", kept.error().one_line()}});
  }
}

void KeyedRequests::end(const std::string& key) {
  const std::lock_guard lock(mutex_);
  running_.erase(key);
}

Result<bool> KeyedRequests::still_running(const Record& record) const {
  // Of this process it would be in running_, which our caller has found it not to be.
  if (record.process == process_) return false;
  auto entry = read_entry(store_, process_key(record.node));
  if (!entry.ok()) return entry.status();
  if (!*entry || (*entry)->key != process_key(record.node)) return false;
  auto alive = decode_text((*entry)->value);
  return alive.ok() && *alive == record.process;
}

namespace {

Error running_error(const std::string& begun) {
  Error out = make_error(49001, "the first request with this Idempotency-Key is still running " + begun, {},
                         "Repeat the request when the first one has been answered.");
  out.retryable = true;
  return out;
}

}  // namespace

Result<KeyedRequests::Begun> KeyedRequests::begin(const KeyedRequest& request) {
  const std::string key = record_key(secrets_, request.key);
  {
    const std::lock_guard lock(mutex_);
    if (!running_.insert(key).second) return running_error("on this node");
  }
  auto begun = look_up(request, key);
  if (!begun.ok() || !begun->held) end(key);
  return begun;
}

Result<KeyedRequests::Begun> KeyedRequests::look_up(const KeyedRequest& request, const std::string& key) {
  Record fresh;
  fresh.digest = digest_of(secrets_, "request " + request.whole);
  fresh.operation = request.operation;
  fresh.node = node_;
  fresh.process = process_;
  fresh.attempt = random_id();
  fresh.effects_in_store = request.effects_in_store;
  for (int i = 0; i < kTries; ++i) {
    auto entry = read_entry(store_, key);
    if (!entry.ok()) return entry.status();
    fresh.at = now_ms_();
    int64_t revision = 0;
    if (*entry) {
      auto record = Record::read((*entry)->value);
      if (!record.ok()) return record.status();
      revision = (*entry)->mod_revision;
      if (record->at + limits_.age.count() > fresh.at) {
        auto known = judge(*record, fresh.digest);
        if (!known.ok()) return known.status();
        if (*known) return Begun{nullptr, std::move(*known)};
      }
    }
    const std::string started = fresh.text();
    auto written = store_.commit({{key, revision}}, {{key, started, 0}});
    if (!written.ok()) return written.status();
    if (!*written) continue;
    auto now = read_entry(store_, key);
    if (!now.ok()) return now.status();
    if (!*now || (*now)->value != started) continue;
    sweep_sometimes(started.size());
    Record effective = fresh;
    effective.state = "effective";
    return Begun{std::make_unique<Held>(*this, key, (*now)->mod_revision, started, effective.text()), std::nullopt};
  }
  return running_error("on another node");
}

/// The reply to give again, or nothing when the request may be carried out.
Result<std::optional<KeptReply>> KeyedRequests::judge(const Record& record, const std::string& digest) const {
  if (record.digest != digest) {
    return make_error(
        49001, "this Idempotency-Key belongs to another request " + record.begun(), {},
        "Send a new key with each request, and an old one only with an exact repetition: same method, path, "
        "query, body and caller.");
  }
  if (record.state == "finished") return kept_reply(record);
  auto running = still_running(record);
  if (!running.ok()) return running.status();
  if (*running) return running_error(record.begun());
  if (record.state == "effective") {
    return make_error(
        49001, "the first request with this Idempotency-Key has taken effect, but its reply is lost " + record.begun(),
        "its process ended, or it failed, after its first write",
        "Look with GET at what it was to change; what is still to do needs a new key.");
  }
  if (!record.effects_in_store) {
    return make_error(49001,
                      "it is not known what became of the first request with this Idempotency-Key " + record.begun(),
                      "its process ended while a plugin was at work on it",
                      "Look with GET at what it was to change; to do it again needs a new key.");
  }
  return std::optional<KeptReply>();
}

Result<std::optional<KeptReply>> KeyedRequests::kept_reply(const Record& record) const {
  if (!record.body) {
    return make_error(49001,
                      "the first request with this Idempotency-Key was answered with the status " +
                          std::to_string(record.status) + "; its reply was too long to be kept " + record.begun(),
                      {}, "Look with GET at what it has changed.");
  }
  KeptReply out{record.status, record.content_type, *record.body};
  if (secrets_ && !out.body.empty()) {
    auto opened = secrets_->open(out.body);
    if (!opened.ok()) return opened.status();
    out.body = std::move(opened).value();
  }
  return std::optional<KeptReply>(std::move(out));
}

Status KeyedRequests::keep(const std::string& key, const std::string& started, const std::string& effective,
                           const KeptReply* reply) {
  auto entry = read_entry(store_, key);
  if (!entry.ok()) return entry.status();
  if (!*entry || ((*entry)->value != started && (*entry)->value != effective)) {
    return make_error(49001, "its record has gone or was taken over");
  }
  const Guard guard{key, (*entry)->mod_revision};
  Result<bool> written = true;
  if (reply) {
    auto record = Record::read(started);
    if (!record.ok()) return record.status();
    record->state = "finished";
    record->status = reply->status;
    record->content_type = reply->content_type;
    if (reply->body.size() <= limits_.body) {
      record->body = secrets_ && !reply->body.empty() ? secrets_->seal(reply->body) : reply->body;
    }
    const std::string text = record->text();
    written = store_.commit({guard}, {{key, text, 0}});
    sweep_sometimes(text.size());
  } else if ((*entry)->value == started) {
    written = store_.commit({guard}, {{key, std::nullopt, 0}});
  }
  if (!written.ok()) return written.status();
  return *written ? Status() : make_error(49001, "its record was taken over");
}

void KeyedRequests::sweep_sometimes(size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    bytes_since_sweep_ += bytes;
    if (since_sweep_++ % limits_.sweep_every != 0 && bytes_since_sweep_ < limits_.bytes / 8) return;
    since_sweep_ = 1;
    bytes_since_sweep_ = 0;
  }
  if (Status swept = sweep(); !swept) {
    log::warn("Old Idempotency-Keys could not be removed", {{"error", swept.error().one_line()}});
  }
}

Status KeyedRequests::sweep() {
  auto entries = store_.range(kKeyedRoot);
  if (!entries.ok()) return entries.status();
  struct One {
    int64_t at;
    bool open;
    const Entry* entry;
  };
  std::vector<One> all;
  size_t bytes = 0;
  for (const Entry& entry : *entries) {
    auto record = Record::read(entry.value);
    if (!record.ok()) continue;  // of a newer release, which will see to it
    all.push_back({record->at, record->state == "started", &entry});
    bytes += entry.key.size() + entry.value.size();
  }
  std::stable_sort(all.begin(), all.end(), [](const One& a, const One& b) { return a.at < b.at; });
  size_t count = all.size();
  const int64_t oldest = now_ms_() - limits_.age.count();
  std::vector<Guard> guards;
  std::vector<Write> writes;
  for (const One& one : all) {
    const bool too_many = (count > limits_.records || bytes > limits_.bytes) && !one.open;
    if (one.at > oldest && !too_many) continue;
    guards.push_back({one.entry->key, one.entry->mod_revision});
    writes.push_back({one.entry->key, std::nullopt, 0});
    --count;
    bytes -= one.entry->key.size() + one.entry->value.size();
  }
  for (size_t at = 0; at < writes.size(); at += kBatch) {
    const size_t end = std::min(at + kBatch, writes.size());
    // A batch in which something has changed meanwhile waits for the next time.
    auto done =
        store_.commit({guards.begin() + static_cast<ptrdiff_t>(at), guards.begin() + static_cast<ptrdiff_t>(end)},
                      {writes.begin() + static_cast<ptrdiff_t>(at), writes.begin() + static_cast<ptrdiff_t>(end)});
    if (!done.ok()) return done.status();
  }
  return {};
}

}  // namespace sluice::cluster
