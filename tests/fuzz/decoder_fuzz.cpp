#include "tests/fuzz/decode_all.hpp"

// The whole decoder on arbitrary bytes. Checksums are not verified: no fuzzer guesses a CRC32. The first byte
// chooses what the rest is: a file, a GTID set, a JSON document.

#include <string>

#include "core/binlog/gtid.hpp"
#include "core/binlog/value_codec.hpp"

namespace {

using namespace sluice::binlog;

void gtid_set(Bytes data) {
  if (auto set = GtidSet::decode(data)) {
    auto again = GtidSet::decode(set->encode());
    if (!again || !(*again == *set)) __builtin_trap();
  }
  for (const Flavor flavor : {Flavor::kMysql, Flavor::kMariaDb}) {
    if (auto set = GtidSet::parse(flavor, as_text(data))) {
      auto again = GtidSet::parse(flavor, set->to_string());
      if (!again || !(*again == *set) || !set->contains(*again)) __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes bytes(data, size);
  if (data[0] == 'G') {
    gtid_set(bytes.subspan(1));
  } else if (data[0] == 'J') {
    std::string text;
    append_json(bytes.subspan(1), text);
  } else {
    DecodeAll().run(bytes, Verify::kNo);
  }
  return 0;
}
