#include "journal.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "sluice/plugin/failure.hpp"
#include "sluice/plugin/json.hpp"

namespace sluice::file_sink {
namespace {

using plugin::Failure;
using plugin::Json;
using plugin::json_string;

/// "xxxxxxxx " before the JSON text.
constexpr size_t kChecksumSize = 9;
constexpr uint64_t kCompactAt = 1024 * 1024;

std::string checksum(std::string_view text) {
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  char buffer[kChecksumSize + 1];
  std::snprintf(buffer, sizeof buffer, "%08lx ", static_cast<unsigned long>(sum & 0xFFFFFFFFul));
  return buffer;
}

template <typename List>
std::string text_list(const List& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() == 1 ? "" : ",") + json_string(text);
  return out + "]";
}

/// `"name":[items]`, or nothing when there are none.
void append_member(std::string& out, const char* name, const std::string& items, char open, char close) {
  if (items.empty()) return;
  out += (out.empty() ? "" : ",") + json_string(name) + ":" + open + items + close;
}

void append_item(std::string& out, const std::string& item) { out += (out.empty() ? "" : ",") + item; }

std::string checkpoint_text(const CheckpointKey& key, const Checkpoint& row) {
  const std::vector<std::string> cells = {key[0],
                                          key[1],
                                          key[2],
                                          key[3],
                                          row.is_global ? "1" : "0",
                                          row.binlog_name,
                                          std::to_string(row.binlog_pos),
                                          row.binlog_gtid,
                                          row.exit_safe_name,
                                          std::to_string(row.exit_safe_pos),
                                          row.exit_safe_gtid,
                                          row.table_info};
  return text_list(cells);
}

std::string encode(const Change& change) {
  std::string unmark, forget, files, marks, checkpoints, out;
  for (const auto& key : change.remove_marks) append_item(unmark, text_list(key));
  for (const auto& key : change.remove_checkpoints) append_item(forget, text_list(key));
  for (const auto& [name, size] : change.set.files) append_item(files, json_string(name) + ":" + std::to_string(size));
  for (const auto& [key, value] : change.set.marks) {
    append_item(marks, text_list(std::vector<std::string>{key[0], key[1], key[2], key[3], value}));
  }
  for (const auto& [key, row] : change.set.checkpoints) append_item(checkpoints, checkpoint_text(key, row));
  append_member(out, "unmark", unmark, '[', ']');
  append_member(out, "forget", forget, '[', ']');
  append_member(out, "files", files, '{', '}');
  append_member(out, "marks", marks, '[', ']');
  append_member(out, "checkpoints", checkpoints, '[', ']');
  return "{" + out + "}";
}

std::vector<std::string> texts_of(const Json& list, size_t count) {
  std::vector<std::string> texts;
  for (const Json& item : list.items()) texts.push_back(item.text());
  if (count != 0 && texts.size() != count) throw Failure("a list has " + std::to_string(texts.size()) + " texts");
  return texts;
}

uint64_t number_of(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

Change decode(std::string_view text) {
  const Json json = Json::parse(text);
  Change change;
  for (size_t i = 0; i < json.keys().size(); ++i) {
    const std::string& name = json.keys()[i];
    const Json& member = json.items()[i];
    for (size_t k = 0; k < member.items().size(); ++k) {
      const Json& item = member.items()[k];
      if (name == "unmark") {
        change.remove_marks.push_back(texts_of(item, 0));
      } else if (name == "forget") {
        change.remove_checkpoints.push_back(texts_of(item, 0));
      } else if (name == "files") {
        change.set.files[member.keys().at(k)] = number_of(item.text());
      } else if (name == "marks") {
        const auto t = texts_of(item, 5);
        change.set.marks[{t[0], t[1], t[2], t[3]}] = t[4];
      } else if (name == "checkpoints") {
        const auto t = texts_of(item, 12);
        change.set.checkpoints[{t[0], t[1], t[2], t[3]}] = {t[4] == "1",     t[5],           t[7], t[8], t[10], t[11],
                                                            number_of(t[6]), number_of(t[9])};
      } else {
        throw Failure("unknown member `" + name + "`");
      }
    }
  }
  return change;
}

template <typename Map>
void remove_prefix(Map& map, const std::vector<std::string>& prefix) {
  std::erase_if(map, [&prefix](const auto& entry) {
    for (size_t i = 0; i < prefix.size(); ++i) {
      if (entry.first.at(i) != prefix[i]) return false;
    }
    return true;
  });
}

}  // namespace

void apply_change(State& state, const Change& change) {
  for (const auto& prefix : change.remove_marks) remove_prefix(state.marks, prefix);
  for (const auto& prefix : change.remove_checkpoints) remove_prefix(state.checkpoints, prefix);
  for (const auto& [name, size] : change.set.files) state.files[name] = size;
  for (const auto& [key, value] : change.set.marks) state.marks[key] = value;
  for (const auto& [key, row] : change.set.checkpoints) state.checkpoints[key] = row;
}

Journal::Journal(std::string folder, bool sync) : folder_(std::move(folder)), sync_(sync), file_(folder_ + "/journal") {
  read();
  compact_at_ = std::max(kCompactAt, size_ * 2);
  if (is_new_) sync_folder(folder_);
}

void Journal::read() {
  const std::string text = file_.read_all();
  is_new_ = text.empty();
  size_t line = 0;
  for (size_t at = 0; at < text.size();) {
    ++line;
    const size_t end = text.find('\n', at);
    const bool whole = end != std::string::npos && end - at > kChecksumSize;
    const std::string_view body =
        whole ? std::string_view(text).substr(at + kChecksumSize, end - at - kChecksumSize) : std::string_view();
    if (!whole || text.compare(at, kChecksumSize, checksum(body)) != 0) {
      if (end != std::string::npos && end + 1 < text.size()) {
        throw Failure("the journal " + file_.path() + " is damaged at line " + std::to_string(line) +
                      ", with more lines behind it; restore it, or begin again with an empty directory");
      }
      file_.truncate(at);
      size_ = at;
      return;
    }
    try {
      apply_change(state_, decode(body));
    } catch (const Failure& failure) {
      throw Failure("the journal " + file_.path() + " cannot be read at line " + std::to_string(line) + ": " +
                    failure.message() + "; was it written by a newer version?");
    }
    at = end + 1;
    size_ = at;
  }
}

void Journal::append(const std::string& line) {
  const std::string text = checksum(line) + line + "\n";
  try {
    file_.write_at(size_, text);
    if (sync_) file_.sync();
  } catch (...) {
    // A line that is there in part counts as not written, but the next one must not be put behind it.
    plugin::guard_silent([this] { file_.truncate(size_); });
    throw;
  }
  size_ += text.size();
}

void Journal::write(const Change& change) {
  append(encode(change));
  apply_change(state_, change);
  if (size_ <= compact_at_) return;
  // The change is written: a journal that cannot be made smaller now is no failure of it.
  compact_at_ = size_ * 2;
  plugin::guard_silent([this] { compact(); });
}

void Journal::flush() { file_.sync(); }

/// Writes the state as one line beside the journal and puts it in its place.
void Journal::compact() {
  const std::string line = encode({{}, {}, state_});
  const std::string text = checksum(line) + line + "\n";
  File fresh(folder_ + "/journal.new");
  fresh.truncate(0);
  fresh.write_at(0, text);
  fresh.sync();
  fresh.rename(folder_ + "/journal");
  sync_folder(folder_);
  file_ = std::move(fresh);
  size_ = text.size();
  compact_at_ = std::max(kCompactAt, size_ * 2);
}

}  // namespace sluice::file_sink
