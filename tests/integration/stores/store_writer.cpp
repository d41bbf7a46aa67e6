// Writes to a store for ever: two keys of one value per transaction, and says each acknowledged number on stdout.
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "open_store.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    const auto store =
        sluice::test::open_store(argv[1], "sqlite", std::string(R"({"file":")") + argv[2] + R"(","history":50})");
    std::uint64_t number = 0;
    if (const auto last = sluice::test::get(store, "a")) number = std::stoull(last->value);
    for (;;) {
      // Padded, so that a transaction spans several pages of the file.
      const std::string value = std::to_string(++number) + std::string(5000, ' ');
      const std::string key = "n/" + std::to_string(number);
      const auto done = sluice::test::commit(
          store, {sluice::test::put("a", value), sluice::test::put(key, "x"), sluice::test::put("b", value)});
      if (!done.ok) {
        std::fprintf(stderr, "%s\n", done.message.c_str());
        return 1;
      }
      if (::write(1, &number, sizeof number) != sizeof number) return 1;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
