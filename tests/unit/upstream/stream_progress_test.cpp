#include "core/upstream/stream_progress.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace sluice;
using binlog::EventHeader;
using binlog::EventType;
using upstream::AnyGtid;
using upstream::StreamProgress;

namespace {

std::vector<uint8_t> query(const std::string& text) {
  std::vector<uint8_t> body;
  body.reserve(64 + text.size());  // in one go: g++ 12 sees an overflow in the growth of a vector of known size
  body.assign(13, 0);
  body[8] = 2;   // schema name length
  body[11] = 3;  // status variables
  body.insert(body.end(), {1, 2, 3, 'd', 'b', 0});
  body.insert(body.end(), text.begin(), text.end());
  return body;
}

struct Feed {
  StreamProgress progress;
  uint64_t pos = 4;

  AnyGtid operator()(EventType type, std::vector<uint8_t> body = {}, AnyGtid gtid = {}) {
    EventHeader header;
    header.type = type;
    const uint64_t start = pos;
    pos += EventHeader::kSize + body.size();
    return progress.delivered(header, body, start, pos, gtid);
  }
};

Feed feed() { return {StreamProgress({"bin.000001", 4}, true)}; }

AnyGtid gtid(uint64_t number) {
  binlog::Gtid out;
  out.number = number;
  return out;
}

}  // namespace

TEST_CASE("event end: 32 bits on the wire become 64 by accumulation", "[unit][upstream]") {
  using upstream::event_end;
  CHECK(event_end(4, 100, 104) == 104);
  CHECK(event_end(0xffffff00ULL, 0x200, 0x100) == 0x100000100ULL);
  CHECK(event_end(0x3fffffff0ULL, 0x20, 0x10) == 0x400000010ULL);
  CHECK(event_end(0x100000100ULL, 0x100, 0x5000) == 0x100005000ULL);  // events in between were filtered
}

TEST_CASE("progress: a GTID transaction is restarted at its GTID event until XID", "[unit][upstream]") {
  Feed f = feed();
  f(EventType::kFormatDescription, std::vector<uint8_t>(80));
  const uint64_t begin = f.pos;
  CHECK(f(EventType::kGtid, std::vector<uint8_t>(42), gtid(7)) == AnyGtid());
  f(EventType::kQuery, query("BEGIN"));
  f(EventType::kTableMap, std::vector<uint8_t>(30));
  f(EventType::kWriteRows, std::vector<uint8_t>(60));
  CHECK(f.progress.open());
  CHECK(f.progress.safe().pos == begin);
  CHECK(f.progress.prints().size() == 4);
  CHECK(f(EventType::kXid, std::vector<uint8_t>(8)) == gtid(7));
  CHECK_FALSE(f.progress.open());
  CHECK(f.progress.safe().pos == f.pos);
}

TEST_CASE("progress: the statement of a DDL ends its transaction, a SAVEPOINT does not", "[unit][upstream]") {
  Feed f = feed();
  f(EventType::kGtid, std::vector<uint8_t>(42), gtid(1));
  CHECK(f(EventType::kQuery, query("CREATE TABLE t (a int)")) == gtid(1));
  f(EventType::kGtid, std::vector<uint8_t>(42), gtid(2));
  f(EventType::kQuery, query("BEGIN"));
  f(EventType::kQuery, query("SAVEPOINT `x`"));
  f(EventType::kQuery, query("ROLLBACK TO `x`"));
  CHECK(f.progress.open());
  CHECK(f(EventType::kQuery, query("COMMIT")) == gtid(2));
}

TEST_CASE("progress: an XA transaction stays open until XA PREPARE", "[unit][upstream]") {
  Feed f = feed();
  f(EventType::kGtid, std::vector<uint8_t>(42), gtid(1));
  f(EventType::kQuery, query("XA START X'61',X'',1"));
  f(EventType::kQuery, query("XA END X'61',X'',1"));
  CHECK(f.progress.open());
  CHECK(f(EventType::kXaPrepare, std::vector<uint8_t>(20)) == gtid(1));
  f(EventType::kGtid, std::vector<uint8_t>(42), gtid(2));
  CHECK(f(EventType::kQuery, query("XA COMMIT X'61',X'',1")) == gtid(2));
}

TEST_CASE("progress: a MariaDB GTID event stands for BEGIN unless standalone", "[unit][upstream]") {
  Feed f = feed();
  const binlog::MariaDbGtid id{0, 1, 5};
  std::vector<uint8_t> body(19, 0);
  f(EventType::kMariaGtid, body, id);
  f(EventType::kQuery, query("INSERT INTO t VALUES (1)"));
  CHECK(f.progress.open());
  CHECK(f(EventType::kQuery, query("COMMIT")) == AnyGtid(id));
  body[12] = 1;
  f(EventType::kMariaGtid, body, id);
  CHECK(f(EventType::kQuery, query("DROP TABLE t")) == AnyGtid(id));
}

TEST_CASE("progress: without GTIDs BEGIN opens, and each statement outside is on its own", "[unit][upstream]") {
  Feed f = feed();
  f(EventType::kQuery, query("CREATE TABLE t (a int)"));
  CHECK_FALSE(f.progress.open());
  const uint64_t begin = f.pos;
  f(EventType::kQuery, query("BEGIN"));
  f(EventType::kTableMap, std::vector<uint8_t>(30));
  CHECK(f.progress.safe().pos == begin);
  f(EventType::kXid, std::vector<uint8_t>(8));
  CHECK_FALSE(f.progress.open());
  const uint64_t intvar = f.pos;
  f(EventType::kIntvar, std::vector<uint8_t>(9));
  CHECK(f.progress.safe().pos == intvar);
  f(EventType::kQuery, query("INSERT INTO t VALUES (NULL)"));
  CHECK_FALSE(f.progress.open());
}

TEST_CASE("progress: a transaction that its file cuts off is forgotten, not counted as done", "[unit][upstream]") {
  Feed f = feed();
  f(EventType::kGtid, std::vector<uint8_t>(42), gtid(3));
  f(EventType::kQuery, query("BEGIN"));
  f.progress.moved_to("bin.000002", 4);
  CHECK_FALSE(f.progress.open());
  CHECK(f(EventType::kGtid, std::vector<uint8_t>(42), gtid(4)) == AnyGtid());
}

TEST_CASE("progress: a QUERY event cut short does not end anything", "[unit][upstream]") {
  Feed f = feed();
  f(EventType::kGtid, std::vector<uint8_t>(42), gtid(3));
  f(EventType::kQuery, query("BEGIN"));
  f(EventType::kQuery, std::vector<uint8_t>(5));
  CHECK(f.progress.open());
}
