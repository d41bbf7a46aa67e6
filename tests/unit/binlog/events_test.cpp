#include "core/binlog/events.hpp"

#include <catch2/catch.hpp>

#include "core/binlog/payload.hpp"
#include "core/binlog/value_codec.hpp"
#include "tests/unit/binlog/binlog_test_support.hpp"

using namespace sluice;
using namespace sluice::binlog;
using namespace sluice::binlog::test;

namespace {

std::string query(const std::string& status, const std::string& text) {
  std::string body;
  put(body, 11, 4);
  put(body, 0, 4);
  put(body, 4, 1);
  put(body, 0, 2);
  put(body, status.size(), 2);
  return event(EventType::kQuery, body + status + std::string("shop\0", 5) + text);
}

Result<Event> decode(const std::string& bytes) {
  static Arena arena;
  return decode_event(view(bytes), FormatDescription(), arena);
}

std::string json(const std::string& bytes) {
  std::string out;
  return append_json(as_bytes(bytes), out) ? out : "malformed";
}

/// Small array with one entry of the type and the bytes behind the table.
std::string json_array_of(uint8_t type, const std::string& content) {
  std::string out("\2", 1);
  put(out, 1, 2);
  put(out, 7 + content.size(), 2);
  put(out, type, 1);
  put(out, 7, 2);
  return out + content;
}

std::string bytes_of(double d) { return {reinterpret_cast<const char*>(&d), sizeof d}; }

}  // namespace

TEST_CASE("a query's status variables are read", "[unit][events]") {
  const std::string status =
      hex("00 00000040 01 2000000000000000 06 03 737464 03 0200 0300 04 2d00 2e00 0800") + hex("05 06") + "+02:00" +
      hex("0c 02 6100 6200 0d 40e201 11 0500000000000000 12 ff00 80 010000") + hex("83 01 2d00 2e00");
  const std::string bytes = query(status, "CREATE TABLE t (a int)");
  auto event = decode(bytes);
  REQUIRE(event.ok());
  const auto& q = std::get<QueryEvent>(*event);
  CHECK(q.query == "CREATE TABLE t (a int)");
  CHECK(q.schema == "shop");
  CHECK(q.sql_mode == 0x20);
  CHECK(q.catalog == "std");
  CHECK(q.auto_increment_offset == 3);
  CHECK(q.charset->client == 0x2d);
  CHECK(q.charset->server == 8);
  CHECK(q.time_zone == "+02:00");
  CHECK(q.microseconds == 1);
  CHECK(q.xid == 5);
  CHECK(q.default_collation_for_utf8mb4 == 255);
  CHECK(!q.unknown_status_code.has_value());
}

TEST_CASE("an unknown status variable ends their reading and is reported", "[unit][events]") {
  const std::string bytes = query(hex("00 00000040 7f 01 02 03"), "BEGIN");
  auto event = decode(bytes);
  REQUIRE(event.ok());
  CHECK(std::get<QueryEvent>(*event).unknown_status_code == 0x7f);
  CHECK(std::get<QueryEvent>(*event).query == "BEGIN");
  CHECK(!decode(query(hex("00 0000"), "BEGIN")).ok());
}

TEST_CASE("unknown events pass only when marked as ignorable", "[unit][events]") {
  const std::string marked = event(static_cast<EventType>(99), "x", kFlagIgnorable);
  const std::string plain = event(static_cast<EventType>(99), "x");
  auto ignored = decode(marked);
  REQUIRE(ignored.ok());
  CHECK(std::holds_alternative<IgnoredEvent>(*ignored));
  CHECK(!decode(plain).ok());
}

TEST_CASE("what cannot be replicated is refused by its name", "[unit][events]") {
  const auto refused = [](EventType type, int code) {
    const std::string bytes = event(type, std::string(40, '\0'));
    auto result = decode(bytes);
    REQUIRE(!result.ok());
    CHECK(result.error().code == code);
    CHECK(result.error().message.find(event_type_name(type)) != std::string::npos);
  };
  refused(EventType::kBeginLoadQuery, 36014);
  refused(EventType::kExecuteLoadQuery, 36014);
  refused(EventType::kAppendBlock, 36014);
  refused(EventType::kPartialUpdateRows, 11126);
  refused(EventType::kMariaStartEncryption, 36069);
  refused(EventType::kPreGaWriteRows, 36069);
  refused(EventType::kStartV3, 36069);
}

TEST_CASE("no event type of any number crashes on any short body", "[unit][events]") {
  for (int type = 0; type < 256; ++type) {
    for (size_t n = 0; n < 40; ++n) {
      for (const char fill : {'\0', '\1', '\xff'}) {
        const std::string bytes = event(static_cast<EventType>(type), std::string(n, fill));
        const EventView v{*parse_event_header(as_bytes(bytes)), as_bytes(bytes),
                          as_bytes(bytes).subspan(EventHeader::kSize)};
        Arena arena;
        (void)decode_event(v, FormatDescription(), arena).ok();
      }
    }
  }
  SUCCEED();
}

TEST_CASE("rotate, heartbeat, XA and MariaDB's GTID have their fields", "[unit][events]") {
  const std::string rotate = event(EventType::kRotate, hex("0400000001000000") + "mysql-bin.000002");
  auto decoded = decode(rotate);
  REQUIRE(decoded.ok());
  CHECK(std::get<RotateEvent>(*decoded).position == 0x100000004);
  CHECK(std::get<RotateEvent>(*decoded).next_name == "mysql-bin.000002");

  const std::string heartbeat =
      event(EventType::kHeartbeatV2, hex("01 03") + "b.1" + hex("02 09 fe 0000000002000000 00"));
  decoded = decode(heartbeat);
  REQUIRE(decoded.ok());
  CHECK(std::get<HeartbeatEvent>(*decoded).name == "b.1");
  CHECK(std::get<HeartbeatEvent>(*decoded).position == 0x200000000);

  const std::string xa = event(EventType::kXaPrepare, hex("00 01000000 02000000 01000000") + "abc");
  decoded = decode(xa);
  REQUIRE(decoded.ok());
  CHECK(std::get<XaPrepareEvent>(*decoded).gtrid == "ab");
  CHECK(std::get<XaPrepareEvent>(*decoded).bqual == "c");

  const std::string gtid = event(EventType::kMariaGtid, hex("6400000000000000 02000000 03 0900000000000000 02"));
  decoded = decode(gtid);
  REQUIRE(decoded.ok());
  const auto& m = std::get<MariaDbGtidEvent>(*decoded);
  CHECK(m.gtid.to_string() == "2-1-100");
  CHECK(m.commit_id == 9);
  CHECK(m.flags_extra == kMariaStartAlter);
}

TEST_CASE("an uncompressed payload yields its events and a wrong total is an error", "[unit][events]") {
  const std::string inner = event(EventType::kXid, hex("0500000000000000"));
  const auto payload = [&inner](size_t total) {
    std::string body = hex("02 03 fcff00");  // no compression
    body +=
        hex("01 01") + static_cast<char>(inner.size()) + hex("03 01") + static_cast<char>(total) + std::string(1, '\0');
    return event(EventType::kTransactionPayload, body + inner);
  };
  const auto walk = [](const std::string& bytes, size_t& events) {
    auto decoded = decode_transaction_payload(view(bytes));
    REQUIRE(decoded.ok());
    PayloadReader reader(*decoded, FormatDescription());
    Arena arena;
    EventView out;
    for (events = 0; reader.next(out, arena); ++events) CHECK(out.type() == EventType::kXid);
    return reader.status().ok();
  };
  size_t events = 0;
  CHECK(walk(payload(inner.size()), events));
  CHECK(events == 1);
  CHECK(!walk(payload(inner.size() - 1), events));
  CHECK(!walk(payload(inner.size() + 1), events));
  CHECK(!walk(payload(0), events));
}

TEST_CASE("JSON numbers keep their type and strings their escapes", "[unit][json]") {
  CHECK(json("") == "null");
  CHECK(json(std::string("\4\1", 2)) == "true");
  CHECK(json(std::string("\5\xff\xff", 3)) == "-1");
  CHECK(json("\x0a" + hex("ffffffffffffffff")) == "18446744073709551615");
  CHECK(json("\x09" + hex("0000000000000080")) == "-9223372036854775808");
  CHECK(json("\x0b" + bytes_of(3.0)) == "3.0");
  CHECK(json("\x0b" + bytes_of(0.1)) == "0.1");
  CHECK(json("\x0b" + bytes_of(1e100)) == "1e+100");
  CHECK(json(std::string("\x0c\x07"
                         "a\"\\\n\0\x1f"
                         "b",
                         9)) == R"("a\"\\\n\u0000\u001fb")");
  CHECK(json(json_array_of(12, "\2hi")) == R"(["hi"])");
}

TEST_CASE("malformed JSON is refused, however deep or circular", "[unit][json]") {
  CHECK(json("\x0b" + bytes_of(1.0 / 0.0)) == "malformed");
  CHECK(json("\x07") == "malformed");
  CHECK(json(std::string("\4\3", 2)) == "malformed");
  CHECK(json(json_array_of(12, "\5hi")) == "malformed");
  std::string deep(1, '\5');
  deep += std::string("\1\0", 2);
  for (int i = 0; i < 200; ++i) deep = json_array_of(i == 0 ? 5 : 2, deep.substr(1));
  CHECK(json(deep) == "malformed");
  // An array whose entries all point to its own beginning.
  std::string loop("\2", 1);
  put(loop, 8, 2);
  put(loop, 4 + 8 * 3, 2);
  for (int i = 0; i < 8; ++i) loop += std::string("\2\0\0", 3);
  CHECK(json(loop) == "malformed");
}

TEST_CASE("an arena counts, aligns, grows and starts again", "[unit][arena]") {
  Arena arena(1024);
  for (size_t size : {1u, 3u, 100u, 900u, 5000u, 0u}) {
    auto* p = static_cast<char*>(arena.alloc(size, 16));
    CHECK(reinterpret_cast<uintptr_t>(p) % 16 == 0);
    std::fill_n(p, size, 'x');
  }
  CHECK(arena.bytes_used() >= 6004);
  CHECK(arena.bytes_reserved() >= arena.bytes_used());
  CHECK(arena.copy("text") == "text");
  arena.reset();
  CHECK(arena.bytes_used() == 0);
  CHECK(arena.bytes_reserved() <= 1024);
  const size_t before = arena.bytes_used();
  void* p = arena.alloc(100, 1);
  arena.shrink_last(p, 10);
  CHECK(arena.bytes_used() == before + 10);
  const sluice_arena abi = arena.abi();
  CHECK(abi.alloc(abi.self, 8, 8) != nullptr);
}
