// Stands in for libFuzzer where the compiler has none: runs the target over each file named, as it is, cut short
// and with single bytes changed. Deterministic.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutations = 200;

void run(const std::string& data) {
  // A copy of exact size: reads beyond it meet the sanitizer's red zone.
  const std::vector<uint8_t> exact(data.begin(), data.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void replay(const std::string& data, std::mt19937& random) {
  run(data);
  if (data.empty()) return;
  for (int i = 0; i < kMutations; ++i) {
    run(data.substr(0, random() % data.size()));
    std::string changed = data;
    for (unsigned n = 1 + random() % 3; n > 0; --n) changed[random() % changed.size()] = static_cast<char>(random());
    run(changed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::mt19937 random(20240611);
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      replay(std::string(std::istreambuf_iterator<char>(in), {}), random);
      ++files;
    }
  }
  std::printf("%d files replayed\n", files);
  constexpr int kSkipped = 77;
  return files == 0 ? kSkipped : EXIT_SUCCESS;
}
