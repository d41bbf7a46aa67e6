#include "core/units/loader/dump_folder.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/model/json.hpp"
#include "core/units/loader/file_error.hpp"

namespace sluice::units::loader {
namespace {

namespace fs = std::filesystem;

constexpr std::array kLeftOut = {"-schema-view.sql", "-schema-triggers.sql", "-schema-post.sql",
                                 "-schema-sequence.sql"};
constexpr std::array kUnreadable = {".gz", ".zst", ".lz4", ".snappy", ".bz2", ".xz", ".csv", ".parquet", ".dat"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

template <typename Endings>
bool ends_with_any(const std::string& name, const Endings& endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.ends_with(ending); });
}

bool cut_end(std::string& name, std::string_view ending) {
  if (!name.ends_with(ending)) return false;
  name.resize(name.size() - ending.size());
  return true;
}

/// "t.0003" -> "t"
bool cut_number(std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size()) return false;
  if (name.find_first_not_of("0123456789", dot + 1) != std::string::npos) return false;
  name.resize(dot);
  return true;
}

using Name = std::pair<std::string, std::string>;

/// Schema and table are parted by the first dot: mode dump and Dumpling encode the dots of names.
Name name_of(const std::string& text) {
  const size_t dot = text.find('.');
  if (dot == std::string::npos) return {decoded_name(text), ""};
  return {decoded_name(text.substr(0, dot)), decoded_name(text.substr(dot + 1))};
}

class Sorter {
 public:
  Result<DumpFolder> run(std::vector<FileEntry> entries) {
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const FileEntry& entry : entries) {
      if (!model::is_utf8(entry.name) || !model::is_utf8(decoded_name(entry.name))) {
        std::string shown;
        for (const char c : entry.name) shown += static_cast<unsigned char>(c) < 0x80 ? c : '?';
        return file_error(shown, "the name of the file is not UTF-8", "Give the file a name in UTF-8.");
      }
      sort(entry);
    }
    add_tables();
    for (const FileEntry& entry : data_) add_data(entry);
    return std::move(out_);
  }

 private:
  void sort(const FileEntry& entry) {
    std::string name = entry.name;
    if (name == "metadata") {
      out_.complete = true;
    } else if (ends_with_any(name, kUnreadable)) {
      out_.unreadable.push_back(name);
    } else if (ends_with_any(name, kLeftOut)) {
      out_.left_out.push_back(name);
      if (cut_end(name, "-schema-view.sql")) views_.insert(name_of(name));
    } else if (cut_end(name, "-schema-create.sql")) {
      out_.schemas[decoded_name(name)] = entry.name;
    } else if (cut_end(name, "-schema.sql")) {
      structures_[name_of(name)] = entry.name;
    } else if (name.ends_with(".sql")) {
      data_.push_back(entry);
    }
  }

  void add_tables() {
    for (const auto& [name, file] : structures_) {
      // Of a view there is a table as well, for those that need it to exist.
      if (views_.count(name) == 0) add_table(name, file);
    }
  }

  size_t add_table(const Name& name, const std::string& file) {
    out_.tables.push_back({name.first, name.second, file, 0});
    return indexes_[name] = out_.tables.size() - 1;
  }

  void add_data(const FileEntry& entry) {
    std::string text = entry.name;
    (void)cut_end(text, ".sql");
    // "t.1" may be a table, or the file 1 of t: what has a structure is a table. mydumper writes up to two numbers.
    auto found = indexes_.find(name_of(text));
    for (int i = 0; i < 2 && found == indexes_.end() && cut_number(text); ++i) found = indexes_.find(name_of(text));
    const size_t table = found != indexes_.end() ? found->second : add_table(name_of(text), "");
    out_.tables[table].bytes += entry.size;
    out_.files.push_back({entry.name, entry.size, table});
  }

  DumpFolder out_;
  std::map<Name, std::string> structures_;
  std::set<Name> views_;
  std::map<Name, size_t> indexes_;
  std::vector<FileEntry> data_;
};

}  // namespace

std::string decoded_name(std::string_view part) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    const bool encoded =
        part[i] == '%' && i + 2 < part.size() && hex_digit(part[i + 1]) >= 0 && hex_digit(part[i + 2]) >= 0;
    if (encoded) {
      out += static_cast<char>(hex_digit(part[i + 1]) << 4 | hex_digit(part[i + 2]));
      i += 2;
    } else {
      out += part[i];
    }
  }
  return out;
}

Result<DumpFolder> sort_files(std::vector<FileEntry> entries) { return Sorter().run(std::move(entries)); }

Result<DumpFolder> read_folder(const std::string& path) {
  std::error_code error;
  std::vector<FileEntry> entries;
  fs::directory_iterator each(path, error);
  for (; !error && each != fs::directory_iterator(); each.increment(error)) {
    if (!each->is_regular_file(error)) continue;
    entries.push_back({each->path().filename().string(), each->file_size(error)});
  }
  if (error) {
    return file_error("the dump folder " + path, error.message(),
                      "The folder must be on the machine of the worker, and sluiced must be allowed to read it. It is "
                      "full_migrate_conf.data_dir with .<task> behind it, or data_dir itself.");
  }
  auto out = sort_files(std::move(entries));
  if (!out) return std::move(out.status()).with(path);
  out->path = path;
  if (out->tables.empty() && out->schemas.empty() && out->unreadable.empty()) {
    return file_error("the dump folder " + path, "it holds no file of a dump",
                      "Put the files of mode dump, Dumpling or mydumper there: <schema>.<table>-schema.sql, "
                      "<schema>.<table>.<n>.sql, metadata.");
  }
  return out;
}

BinlogLocation location_in(const std::string& metadata) {
  BinlogLocation out;
  std::istringstream in(metadata);
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("SHOW ", 0) == 0) {
      if (inside) break;
      inside = line.rfind("SHOW MASTER STATUS", 0) == 0 || line.rfind("SHOW BINARY LOG STATUS", 0) == 0;
    }
    const auto value = [&](const char* name) -> std::string {
      const std::string head = std::string("\t") + name + ":";
      if (!inside || line.rfind(head, 0) != 0) return "";
      const size_t from = line.find_first_not_of(' ', head.size());
      return from == std::string::npos ? "" : line.substr(from);
    };
    if (const std::string log = value("Log"); !log.empty()) out.name = log;
    if (const std::string pos = value("Pos"); !pos.empty()) out.pos = std::strtoull(pos.c_str(), nullptr, 10);
    if (const std::string gtid = value("GTID"); !gtid.empty()) out.gtid = gtid;
  }
  return out;
}

}  // namespace sluice::units::loader
