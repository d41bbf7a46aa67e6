#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/fuzz/decode_all.hpp"
#include "tests/unit/binlog/binlog_test_support.hpp"

using namespace sluice;
using namespace sluice::binlog;
using namespace sluice::binlog::test;

namespace {

/// Rows of a file as text, one line per image; other events of interest as one line each.
class Lines {
 public:
  explicit Lines(const std::string& name) : data_(read_file(fixtures() / name)) {
    BinlogBuffer buffer(as_bytes(data_));
    EventView view;
    while (buffer.next(view)) event(view, buffer.format());
    file = buffer.status();
  }
  std::vector<std::string> rows;
  std::vector<std::string> gtids;
  std::vector<Error> errors;
  std::vector<TableMetadata> metadata;
  Status file;

 private:
  void event(const EventView& view, const FormatDescription& format) {
    auto decoded = decode_event(view, format, arena_);
    if (!decoded) {
      errors.push_back(decoded.error());
      return;
    }
    if (const auto* map = std::get_if<TableMap>(&*decoded)) {
      maps_.put(*map);
      auto unpacked = decode_table_metadata(*map);
      if (!unpacked) errors.push_back(unpacked.error());
      if (unpacked) metadata.push_back(*unpacked);
    }
    if (const auto* gtid = std::get_if<GtidEvent>(&*decoded)) {
      if (gtid->gtid) gtids.push_back(gtid->gtid->to_string());
    }
    if (const auto* previous = std::get_if<PreviousGtidsEvent>(&*decoded)) gtids.push_back(previous->set.to_string());
    if (const auto* rows_event = std::get_if<RowsEvent>(&*decoded)) row_event(*rows_event);
    if (const auto* payload = std::get_if<TransactionPayloadEvent>(&*decoded)) {
      PayloadReader reader(*payload, format);
      EventView inner;
      while (reader.next(inner, arena_)) this->event(inner, reader.format());
      if (!reader.status()) errors.push_back(reader.status().error());
    }
  }

  void row_event(const RowsEvent& event) {
    const TableMap* map = maps_.find(event.table_id);
    REQUIRE(map != nullptr);
    RowLayout layout;
    Status st = layout.build(*map);
    RowsDecoder decoder;
    if (st) st = decoder.open(event, layout, arena_);
    const sluice_value* before = nullptr;
    const sluice_value* after = nullptr;
    while (st.ok() && decoder.next(before, after)) {
      if (before != nullptr) rows.push_back("-" + text(before, layout.column_count()));
      if (after != nullptr) rows.push_back("+" + text(after, layout.column_count()));
    }
    if (st) st = decoder.status();
    if (!st) errors.push_back(st.error());
  }

  static std::string text(const sluice_value* values, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) {
      const sluice_value& v = values[i];
      out += i == 0 ? "" : ",";
      switch (v.kind) {
        case SLUICE_NULL: out += "NULL"; break;
        case SLUICE_ABSENT: out += "~"; break;
        case SLUICE_INT:
        case SLUICE_TIME:
        case SLUICE_TIMESTAMP: out += std::to_string(v.v.i); break;
        case SLUICE_DECIMAL:
        case SLUICE_STRING:
        case SLUICE_BYTES:
        case SLUICE_JSON:
        case SLUICE_VECTOR: out.append(v.v.p, v.size); break;
        default: out += std::to_string(v.v.u);
      }
    }
    return out;
  }

  std::string data_;
  TableMapCache maps_;
  Arena arena_;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("every recorded binlog decodes fully or is refused with a clear error", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  // Files with errors, and the codes to expect: the file itself, then its events.
  const std::map<std::string, std::set<int>> expected = {
      {"binlog_truncated_event.000001", {36069}},
      {"binlog_truncated_prev_gtid_event.000001", {36069}},
      {"bug40482-bin.000001", {36069}},
      {"corrupt-relay-bin.000624", {36069}},
      {"json.binlog.000001", {11126}},
      {"ver_5_1-wl2325_r.001", {36069}},
      {"ver_5_1-wl2325_s.001", {36069}},
      {"ver_5_1_23.001", {36014}},
      {"ver_trunk_row_v2.001", {36014}},
  };
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures())) {
    const std::string name = entry.path().filename().string();
    if (name == "README.md") continue;
    ++files;
    const Lines lines(name);
    std::set<int> codes;
    if (!lines.file) codes.insert(lines.file.error().code);
    for (const Error& error : lines.errors) codes.insert(error.code);
    INFO(name);
    const auto it = expected.find(name);
    CHECK(codes == (it == expected.end() ? std::set<int>{} : it->second));
  }
  CHECK(files == 41);
}

TEST_CASE("every prefix and every changed byte of a recorded binlog ends in an answer", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  DecodeAll decoder;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures())) {
    const std::string data = read_file(entry.path());
    if (data.size() > 5000) continue;  // the large ones go through tests/fuzz
    for (size_t n = 0; n < data.size(); ++n) {
      const std::vector<uint8_t> cut(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(n));
      decoder.run(cut, Verify::kNo);
      std::vector<uint8_t> changed(data.begin(), data.end());
      changed[n] = static_cast<uint8_t>(changed[n] ^ (1u << (n % 8)));
      decoder.run(changed, Verify::kNo);
    }
  }
  SUCCEED();
}

TEST_CASE("every event body cut short is refused or decoded within its bytes", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  for (const char* name : {"vector.binlog", "mysql-enum-string-set.000001", "transaction_compression.000001",
                           "binlog_transaction_with_GTID_TAG.000001", "mariadb-bin.000001", "json-opaque.binlog"}) {
    const std::string data = read_file(fixtures() / name);
    BinlogBuffer buffer(as_bytes(data));
    DecodeAll decoder;
    EventView view;
    while (buffer.next(view)) {
      for (size_t n = 0; n < view.body.size(); ++n) {
        const std::vector<uint8_t> cut(view.body.begin(), view.body.begin() + static_cast<std::ptrdiff_t>(n));
        EventView shorter = view;
        shorter.body = cut;
        shorter.bytes = cut;
        decoder.event(shorter, buffer.format());
      }
      decoder.event(view, buffer.format());
    }
  }
  SUCCEED();
}

TEST_CASE("a changed byte fails the checksum", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  std::string data = read_file(fixtures() / "time_issue.000001");
  data[data.size() - 20] = static_cast<char>(data[data.size() - 20] ^ 1);
  BinlogBuffer buffer(as_bytes(data));
  EventView view;
  while (buffer.next(view)) continue;
  REQUIRE(!buffer.status());
  CHECK(buffer.status().error().raw_cause.find("CRC32") != std::string::npos);
  CHECK(buffer.status().error().binlog_pos == buffer.offset());
}

TEST_CASE("JSON documents come out as the server prints them, opaque values included", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  CHECK(Lines("json-opaque.binlog").rows ==
        Texts{R"(+{"a": "base64:type15:VQ=="})", R"(+{"b": "2012-03-18"})", R"(+{"c": "2012-03-18 11:30:45.000000"})",
              R"(+{"c": "87:31:46.654321"})", R"(+{"d": 123.456})", R"(+{"e": 9.00})", R"(+{"e": [0, 1, true, false]})",
              R"(+{"e": null})"});
}

TEST_CASE("ENUM and SET are numbers and their members are in the metadata", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  const Lines lines("mysql-enum-string-set.000001");
  REQUIRE(lines.rows.size() == 4);
  CHECK(lines.rows[2].substr(0, 21) == "+field1,field_2,2,10,");
  CHECK(lines.metadata.at(0).members.at(2).size() == 3);
  CHECK(lines.metadata.at(0).members.at(3).size() == 4);
}

TEST_CASE("BIT, fractional TIME, VECTOR and absent columns have their values", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  CHECK(Lines("mysql_type_bit.000001").rows == Texts{"+4,foo,32"});
  CHECK(Lines("time_issue.000001").rows == Texts{"+-1828107000000"});  // -507:48:27
  CHECK(Lines("vector.binlog").rows.at(0).size() == std::string("+1,").size() + 12);
  CHECK(Lines("minimal_row_metadata.000001").rows == Texts{"+1,~,a,~,3230202323"});
  CHECK(Lines("update-partial-row.binlog").rows.back() == "-2,~,~");
  const Lines invisible("binlog-invisible-columns.000001");
  CHECK(invisible.rows.at(0) == "+1,2,-3,4,\5,6000000000");
  CHECK(invisible.metadata.at(0).visible == std::vector<bool>{false, false, true, true, true, false});
}

TEST_CASE("tagged GTIDs and compressed transactions are read", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  const Lines tagged("binlog_transaction_with_GTID_TAG.000001");
  CHECK(tagged.gtids ==
        Texts{"55778904-0299-11f1-b1b8-4ef0c4956feb:1-13:mytag:1-2", "55778904-0299-11f1-b1b8-4ef0c4956feb:mytag:3"});
  CHECK(tagged.rows == Texts{"+3,100,250.00"});
  CHECK(Lines("transaction_compression.000001").rows == Texts{"+1"});
}

TEST_CASE("a partial JSON update stops with the code for incomplete images", "[unit][binlog]") {
  SLUICE_NEEDS_FIXTURES();
  const Lines lines("json.binlog.000001");
  REQUIRE(lines.errors.size() == 1);
  CHECK(lines.errors[0].message.find("PARTIAL_UPDATE_ROWS_EVENT") != std::string::npos);
  CHECK(lines.rows.size() == 18);
}
