// The frame around all tests that run servers (a CTest fixture):
//   secrets_check begin   forgets what earlier runs have let out, and lets a sluiced with a secret live and die
//   secrets_check end     searches all that the tests have let out since; 1 when there is a secret in it, or nothing
//   secrets_check let-out TEXT | FILE...   lets it out
//   secrets_check leave TEXT   leaves a file with it in the folder of a sluiced
// The last two are for the test of the search.
#include <cstdio>
#include <exception>

#include "tests/support/secrets.hpp"
#include "tests/support/sluiced.hpp"

namespace {

namespace fs = std::filesystem;
using namespace sluice::test;

std::vector<fs::path> files(const std::string& kind) {
  std::vector<fs::path> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(secrets_folder(), none)) {
    if (entry.path().extension() == kind) out.push_back(entry.path());
  }
  return out;
}

void forget() {
  for (const char* kind : {".keys", ".seen", ".leaks"}) {
    for (const fs::path& file : files(kind)) fs::remove(file);
  }
}

int begin() {
  forget();
  if (const std::string why = SluicedProcess::missing(); !why.empty()) {
    let_out("secrets_check", why);  // a build of single test programs
    return 0;
  }
  SluicedProcess node;
  const std::string source = R"({"source_name":"s","host":"127.0.0.1","user":"u","enable":true,"port":)" +
                             std::to_string(free_port()) + R"(,"password":")" + secret("begin") + "\"}";
  return node.api().post("/api/v1/sources", source).status == 400 ? 0 : 1;
}

int end() {
  std::set<std::string> guarded;
  for (const fs::path& file : files(".keys")) {
    std::istringstream in(read_file(file));
    for (std::string line; std::getline(in, line);) guarded.insert(line);
  }
  std::vector<fs::path> kept = files(".seen");
  const std::size_t programs = kept.size();
  kept.push_back(fs::path(SLUICE_BINARY_DIR) / "Testing/Temporary/LastTest.log.tmp");  // the output of all tests so far
  std::size_t bytes = 0;
  std::size_t leaks = 0;
  const auto show = [&leaks](const std::string& from, const std::string& leak) {
    ++leaks;
    std::printf("%s: %s\n", from.c_str(), leak.c_str());
  };
  for (const fs::path& file : kept) {
    const std::string text = read_file(file);
    bytes += text.size();
    for (const std::string& leak : leaks_in(text, guarded)) show(file.string(), leak);
  }
  for (const fs::path& file : files(".leaks")) show(file.string(), read_file(file));
  std::printf("%zu test programs have let out %zu bytes; %zu leaks of marked secrets or of %zu lines of keys\n",
              programs, bytes, leaks, guarded.size());
  if (programs == 0) std::printf("Nothing was collected: nothing is proven.\n");
  if (leaks > 0 || programs == 0) return 1;  // what was found stays to be looked at
  forget();
  return 0;
}

int let_out_all(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const bool key = word.ends_with(".key");
    if (key) guard_key(read_file(word));
    let_out("argument", key ? "a key" : fs::exists(word) ? read_file(word) : word);
  }
  return 0;
}

int leave(const std::string& text) {
  const SluicedProcess node;
  write_file(node.folder() / "left", text);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words == std::vector<std::string>{"begin"}) return begin();
  if (words == std::vector<std::string>{"end"}) return end();
  if (words.size() > 1 && words[0] == "let-out") return let_out_all({words.begin() + 1, words.end()});
  if (words.size() == 2 && words[0] == "leave") return leave(words[1]);
  std::fprintf(stderr, "secrets_check begin | end | let-out TEXT... | leave TEXT\n");
  return 64;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
