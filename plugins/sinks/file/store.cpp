#include "store.hpp"

#include <sys/file.h>

#include <cerrno>
#include <filesystem>

#include "sluice/plugin/failure.hpp"

namespace sluice::file_sink {
namespace {

namespace fs = std::filesystem;
using plugin::Failure;

constexpr size_t kMostOpen = 64;
constexpr std::string_view kEnding = ".jsonl";
constexpr size_t kDigits = 6;

std::string prepared(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw Failure("cannot create the directory " + directory + ": " + error.message());
  return directory;
}

std::string numbered(const std::string& stem, uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return stem + "." + digits + std::string(kEnding);
}

/// The stem and number of a data file's name; 0 when it is not one.
uint64_t parse_name(const std::string& name, std::string& stem) {
  if (name.size() < kEnding.size() || !name.ends_with(kEnding)) return 0;
  const size_t end = name.size() - kEnding.size();
  const size_t dot = name.rfind('.', end - 1);
  if (end == 0 || dot == std::string::npos || end - dot - 1 < kDigits) return 0;
  for (size_t i = dot + 1; i < end; ++i) {
    if (name[i] < '0' || name[i] > '9') return 0;
  }
  stem = name.substr(0, dot);
  return std::stoull(name.substr(dot + 1, end - dot - 1));
}

}  // namespace

std::string percent_encoded(std::string_view name) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::shared_ptr<Store> Store::open(const StoreOptions& options) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Store>> stores;
  const std::lock_guard lock(mutex);
  const std::string path = fs::canonical(prepared(options.directory)).string();
  std::weak_ptr<Store>& known = stores[path];
  if (auto store = known.lock()) return store;
  auto store = std::make_shared<Store>(options);
  known = store;
  return store;
}

Store::Store(const StoreOptions& options)
    : options_(options),
      lock_((prepared(options.directory), options.directory + "/lock")),
      journal_(
          [&] {
            if (::flock(lock_.fd(), LOCK_EX | LOCK_NB) != 0) {
              throw Failure("another process writes to " + options.directory +
                            "; give each process a directory of its own");
            }
            return options.directory;
          }(),
          options.sync) {
  recover();
}

/// Brings the files back to what the journal says.
void Store::recover() {
  std::map<std::string, uint64_t> numbers;
  for (const fs::directory_entry& entry : fs::directory_iterator(options_.directory)) {
    const std::string name = entry.path().filename().string();
    std::string stem;
    if (parse_name(name, stem) == 0 || state().files.contains(name)) continue;
    if (journal_.is_new()) {
      throw Failure("the directory " + options_.directory + " holds data files (" + name +
                    ") but no journal; use an empty directory, or put the journal back");
    }
    fs::remove(entry.path());  // made by a batch that was never committed
  }
  for (const auto& [name, length] : state().files) {
    const File data(options_.directory + "/" + name);
    if (data.size() < length) {
      throw Failure("the file " + data.path() + " has " + std::to_string(data.size()) + " bytes, the journal says " +
                    std::to_string(length) + ": committed lines are lost; restore the directory");
    }
    if (data.size() > length) data.truncate(length);
    std::string stem;
    const uint64_t number = parse_name(name, stem);
    if (number >= numbers[stem]) {
      numbers[stem] = number;
      newest_[stem] = name;
    }
  }
}

uint64_t Store::committed_length(const std::string& name) const {
  const auto found = state().files.find(name);
  return found == state().files.end() ? 0 : found->second;
}

File& Store::file(const std::string& name) {
  const auto found = open_.find(name);
  if (found != open_.end()) return found->second;
  if (open_.size() >= kMostOpen) close_some();
  return open_.emplace(name, File(options_.directory + "/" + name)).first->second;
}

/// Files that are closed are synced first: nobody would do it later.
void Store::close_some() {
  for (const std::string& name : dirty_) {
    const auto found = open_.find(name);
    if (found != open_.end()) found->second.sync();
  }
  open_.clear();
}

void Store::cut(const std::string& name) { file(name).truncate(committed_length(name)); }

void Store::flush() {
  for (const std::string& name : dirty_) file(name).sync();
  dirty_.clear();
  sync_folder(options_.directory);
  journal_.flush();
}

Store::Transaction::~Transaction() {
  if (committed_) return;
  // Where this fails, opening the directory does it; until then no line can be put behind, as all are written at
  // the committed length.
  for (const auto& [name, length] : lengths_) {
    plugin::guard_silent([&, &file_name = name] { store_.cut(file_name); });
  }
}

void Store::Transaction::append(const std::string& stem, std::string_view lines) {
  auto at = current_.find(stem);
  if (at == current_.end()) {
    const auto newest = store_.newest_.find(stem);
    at = current_.emplace(stem, newest == store_.newest_.end() ? numbered(stem, 1) : newest->second).first;
  }
  const auto length_of = [&](const std::string& name) -> uint64_t& {
    return lengths_.emplace(name, store_.committed_length(name)).first->second;
  };
  if (length_of(at->second) >= store_.options_.rotate_size) {
    std::string ignored;
    at->second = numbered(stem, parse_name(at->second, ignored) + 1);
  }
  uint64_t& length = length_of(at->second);
  store_.file(at->second).write_at(length, lines);
  length += lines.size();
  bytes_ += lines.size();
}

void Store::Transaction::commit(Change change) {
  bool fresh = false;
  for (const auto& [name, length] : lengths_) {
    fresh = fresh || !store_.state().files.contains(name);
    change.set.files[name] = length;
    store_.dirty_.insert(name);
    if (store_.options_.sync) {
      store_.file(name).sync();
      store_.dirty_.erase(name);
    }
  }
  if (fresh && store_.options_.sync) sync_folder(store_.options_.directory);
  store_.journal_.write(change);
  committed_ = true;
  for (const auto& [stem, name] : current_) store_.newest_[stem] = name;
}

}  // namespace sluice::file_sink
