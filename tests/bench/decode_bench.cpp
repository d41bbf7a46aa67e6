// Decode-only speed on one core: events -> rows -> values, from memory.
//   bench_decode [FILE] [SECONDS]
// Without FILE a buffer of synthetic row events is used: a table like those of OLTP benchmarks.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "core/binlog/rows_decoder.hpp"

namespace {

using namespace sluice::binlog;

void put(std::string& out, uint64_t v, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(v >> (8 * i));
}

std::string event(EventType type, const std::string& body) {
  std::string out;
  put(out, 1700000000, 4);
  put(out, static_cast<uint64_t>(type), 1);
  put(out, 1, 4);
  put(out, EventHeader::kSize + body.size() + 4, 4);
  put(out, 0, 4);
  put(out, 0, 2);
  out += body;
  put(out, event_crc32(as_bytes(out)), 4);
  return out;
}

std::string format_description() {
  std::string body;
  put(body, 4, 2);
  body += std::string("8.0.36").append(44, '\0');
  put(body, 0, 4);
  body += static_cast<char>(EventHeader::kSize);
  std::string sizes(41, '\0');
  sizes[static_cast<size_t>(EventType::kTableMap) - 1] = 8;
  sizes[static_cast<size_t>(EventType::kWriteRows) - 1] = 10;
  body += sizes + '\1';
  return event(EventType::kFormatDescription, body);
}

/// (bigint, int, char(120), char(60), decimal(10,2), datetime(3), timestamp, varchar(300))
std::string table_map() {
  std::string body;
  put(body, 7, 6);
  put(body, 1, 2);
  body += std::string("\4shop\0\6orders\0", 15 - 1);
  body += '\10';
  const unsigned char types[] = {8, 3, 254, 254, 246, 18, 17, 15};
  body.append(reinterpret_cast<const char*>(types), sizeof types);
  const unsigned char metadata[] = {0xfe, 120, 0xfe, 60, 10, 2, 3, 0, 0x2c, 1};
  body += static_cast<char>(sizeof metadata);
  body.append(reinterpret_cast<const char*>(metadata), sizeof metadata);
  body += '\377';
  return event(EventType::kTableMap, body);
}

std::string row(uint64_t id) {
  std::string out(1, '\0');  // NULL bitmap
  put(out, id, 8);
  put(out, id * 7, 4);
  out += '\170' + std::string(120, 'c');
  out += '\74' + std::string(60, 'p');
  out += std::string("\x80\0\x04\xd2\x38", 5);  // 1234.56
  out += std::string("\x99\xb2\xcc\x8e\x5d\x04\xd2", 7);
  out += std::string("\x65\x53\xf1\0", 4);
  put(out, 40, 2);
  out += std::string(40, 'v');
  return out;
}

std::string synthetic(size_t size) {
  std::string out(
      "\xfe"
      "bin",
      4);
  out += format_description();
  uint64_t id = 0;
  while (out.size() < size) {
    std::string body;
    put(body, 7, 6);
    put(body, 1, 2);
    put(body, 2, 2);
    body += "\10\377";
    for (int i = 0; i < 32; ++i) body += row(++id);
    out += table_map();
    out += event(EventType::kWriteRows, body);
  }
  return out;
}

struct Totals {
  uint64_t bytes = 0;
  uint64_t events = 0;
  uint64_t rows = 0;
  uint64_t sum = 0;
};

/// One pass over the buffer; exits on an error.
void pass(const std::string& data, Verify verify, Totals& totals) {
  static TableMapCache maps;
  static RowLayout layout;
  static RowsDecoder decoder;
  static Arena arena(1 << 20);
  maps.clear();
  BinlogBuffer buffer(as_bytes(data), verify);
  EventView view;
  while (buffer.next(view)) {
    ++totals.events;
    auto decoded = decode_event(view, buffer.format(), arena);
    if (!decoded) continue;  // refused by name
    if (const auto* map = std::get_if<TableMap>(&*decoded)) maps.put(*map);
    const auto* rows = std::get_if<RowsEvent>(&*decoded);
    const TableMap* map = rows == nullptr ? nullptr : maps.find(rows->table_id);
    if (map == nullptr) continue;
    if (!layout.build(*map) || !decoder.open(*rows, layout, arena)) std::exit(EXIT_FAILURE);
    const sluice_value* before = nullptr;
    const sluice_value* after = nullptr;
    while (decoder.next(before, after)) {
      totals.sum += (after != nullptr ? after : before)[0].v.u;
      ++totals.rows;
    }
    arena.reset();
    if (!decoder.status()) {
      std::fprintf(stderr, "%s\n", decoder.status().error().one_line().c_str());
      std::exit(EXIT_FAILURE);
    }
  }
  if (!buffer.status()) {
    std::fprintf(stderr, "%s\n", buffer.status().error().one_line().c_str());
    std::exit(EXIT_FAILURE);
  }
  totals.bytes += data.size();
}

void measure(const char* name, const std::string& data, Verify verify, double seconds) {
  using Clock = std::chrono::steady_clock;
  Totals totals;
  pass(data, verify, totals);
  totals = {};
  const auto start = Clock::now();
  double elapsed = 0;
  do {
    pass(data, verify, totals);
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  } while (elapsed < seconds);
  std::printf("%-28s %8.0f MB/s %12.0f rows/s %12.0f events/s\n", name,
              static_cast<double>(totals.bytes) / elapsed / 1e6, static_cast<double>(totals.rows) / elapsed,
              static_cast<double>(totals.events) / elapsed);
}

}  // namespace

int main(int argc, char** argv) {
  std::string data;
  if (argc > 1 && argv[1][0] != '\0') {
    std::ifstream in(argv[1], std::ios::binary);
    data.assign(std::istreambuf_iterator<char>(in), {});
  } else {
    data = synthetic(64 << 20);
  }
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  std::printf("%.1f MB in memory, one core\n", static_cast<double>(data.size()) / 1e6);
  measure("decode", data, Verify::kNo, seconds);
  measure("decode, CRC32 verified", data, Verify::kChecksum, seconds);
  return EXIT_SUCCESS;
}
