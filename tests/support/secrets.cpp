#include "tests/support/secrets.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <unordered_set>

#include "tests/support/process.hpp"

namespace sluice::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarker = "Pl4ntedSecret";
constexpr std::size_t kGuardedFrom = 16;
constexpr std::uintmax_t kKeptBelow = 4U << 20;  // larger files are data: searched, not kept

// Base64 of the marker as it looks behind `offset` other bytes; the characters that depend on its neighbours are cut.
std::string encoded_marker(std::size_t offset) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string bytes = std::string(offset, '\0') + std::string(kMarker);
  std::string out;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const unsigned three = static_cast<unsigned char>(bytes[i]) << 16U |
                           static_cast<unsigned char>(bytes[i + 1]) << 8U | static_cast<unsigned char>(bytes[i + 2]);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) out += alphabet[three >> shift & 63U];
  }
  constexpr std::array<std::size_t, 3> unsure{0, 2, 3};
  return out.substr(unsure[offset]);
}

const std::vector<std::string>& marks() {
  static const std::vector<std::string> all{std::string(kMarker), encoded_marker(0), encoded_marker(1),
                                            encoded_marker(2)};
  return all;
}

void look(std::string_view text, const std::string& wanted, std::vector<std::string>& found) {
  const std::size_t at = text.find(wanted);
  if (at == std::string_view::npos) return;
  const std::size_t begin = at < 80 ? 0 : at - 80;
  found.push_back(std::string(text.substr(begin, at - begin)) + "<SECRET>");
}

// What this process has let out. Never destroyed: servers of static storage may end after it.
class Book {
 public:
  static Book& instance() {
    static Book* const book = new Book;
    return *book;
  }

  void guard(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    if (guarded_.insert(text).second) append(".keys", text + "\n");
  }

  void search(const std::string& from, const std::string& text) {
    const std::scoped_lock lock(mutex_);
    for (const std::string& leak : leaks_in(text, guarded_)) report(from + ": " + leak);
  }

  void keep(const std::string& from, const std::string& text) {
    const std::scoped_lock lock(mutex_);
    if (seen_.insert(std::hash<std::string>{}(text)).second) append(".seen", "== " + from + "\n" + text + "\n");
  }

 private:
  static void append(const std::string& kind, const std::string& text) {
    fs::create_directories(secrets_folder());
    std::ofstream(secrets_folder() / (std::to_string(::getpid()) + kind), std::ios::app | std::ios::binary) << text;
  }

  void report(const std::string& leak) {
    append(".leaks", leak + "\n");
    std::fprintf(stderr, "A secret was let out: %s\n", leak.c_str());
    if (leaked_) return;
    leaked_ = true;
    std::atexit([] {
      std::fprintf(stderr, "The tests let out secrets (see above).\n");
      std::fflush(nullptr);
      ::_exit(1);
    });
  }

  std::mutex mutex_;
  std::set<std::string> guarded_;
  std::unordered_set<std::size_t> seen_;
  bool leaked_ = false;
};

}  // namespace

std::string secret(const std::string& purpose) { return std::string(kMarker) + "-" + purpose; }

void guard(const std::string& text) {
  if (text.size() >= kGuardedFrom) Book::instance().guard(text);
}

void guard_key(const std::string& pem) {
  std::istringstream in(pem);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  for (std::size_t i = lines.size() / 2; i + 1 < lines.size(); ++i) guard(lines[i]);
}

void let_out(const std::string& from, const std::string& text) {
  if (text.empty()) return;
  Book::instance().search(from, text);
  Book::instance().keep(from, text);
}

void let_out_files(const fs::path& folder, const std::set<std::string>& kept) {
  std::error_code gone;  // a file may vanish between two looks
  for (fs::recursive_directory_iterator at(folder, gone), end; !gone && at != end; at.increment(gone)) {
    if (!at->is_regular_file(gone) || kept.contains(at->path().filename().string())) continue;
    const std::string content = read_file(at->path());
    const std::string from = "file " + at->path().lexically_relative(folder).string();
    Book::instance().search(from, content);
    if (content.size() < kKeptBelow) Book::instance().keep(from, content);
  }
}

std::vector<std::string> leaks_in(std::string_view text, const std::set<std::string>& guarded) {
  std::vector<std::string> out;
  for (const std::string& mark : marks()) look(text, mark, out);
  for (const std::string& key : guarded) look(text, key, out);
  return out;
}

fs::path secrets_folder() {
  const char* elsewhere = std::getenv("SLUICE_SECRETS_FOLDER");
  return elsewhere != nullptr ? fs::path(elsewhere) : fs::path(SLUICE_BINARY_DIR) / "secrets";
}

}  // namespace sluice::test
