#include <cstring>
#include <memory>
#include <new>

#include "check.hpp"
#include "filter_inputs.hpp"
#include "library.hpp"

namespace sluice::testkit {

namespace {

std::vector<FilterInput> make_inputs() {
  std::vector<FilterInput> all;
  const std::vector<std::vector<std::string>> events = {{"create table"},
                                                        {"drop table"},
                                                        {"alter table", "add column"},
                                                        {"truncate table"},
                                                        {"create schema", "create database"},
                                                        {"drop database"},
                                                        {"rename table"},
                                                        {"create index"},
                                                        {"drop index"},
                                                        {"create view"}};
  const std::string long_name(64, 'x');
  for (const std::string& schema :
       {std::string("shop"), std::string("test"), std::string("mysql"), std::string("été"), long_name}) {
    for (const std::string& table :
         {std::string("orders"), std::string("t1"), std::string(""), std::string("a`b.c*"), long_name}) {
      for (const auto& e : events) all.push_back({"mysql-01", schema, table, e[0] + " something", e, 0});
      for (int32_t kind = SLUICE_INSERT; kind <= SLUICE_DELETE; ++kind)
        all.push_back({"mysql-02", schema, table, "", {}, kind});
    }
  }
  all.push_back({"", "", "", "", {"drop database"}, 0});
  return all;
}

void same_answer(const Subject& subject) {
  const Library library(subject.file);
  const auto filter = as<host::Filter>(library.create(subject));
  std::vector<FilterAnswer> first;
  for (const FilterInput& input : filter_inputs()) first.push_back(ask(filter, input, false));
  for (int round = 0; round < 5; ++round) {
    for (size_t i = filter_inputs().size(); i-- > 0;) {
      const FilterAnswer again = ask(filter, filter_inputs()[i], true);
      expect(again == first[i], "another answer to the same question, " + describe(filter_inputs()[i]) + ": first " +
                                    std::to_string(first[i].action) + " `" + first[i].rule + "`, then " +
                                    std::to_string(again.action) + " `" + again.rule + "`");
    }
  }
}

bool valid_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t len = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (len == 0 || i + len > text.size()) return false;
    for (size_t k = 1; k < len; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    i += len;
  }
  return true;
}

void verdict(const Subject& subject) {
  const Library library(subject.file);
  const auto filter = as<host::Filter>(library.create(subject));
  std::vector<FilterAnswer> answers;
  bool nameless = false;
  for (const FilterInput& input : filter_inputs()) {
    answers.push_back(ask(filter, input, true));
    expect(valid_utf8(answers.back().rule), "the rule's name is not UTF-8, " + describe(input));
    nameless = nameless || (answers.back().action == SLUICE_IGNORE && answers.back().rule.empty());
  }
  for (size_t i = 0; i < answers.size(); ++i) {
    expect(view(answers[i].rule_memory) == answers[i].rule,
           "the rule's name changed after the call; it must be instance memory, " + describe(filter_inputs()[i]));
  }
  if (nameless) throw Warned{"something is ignored and no rule is named: users cannot find out why"};
}

sluice_column column(const char* name, int32_t type, const char* text) {
  auto c = make_sized<sluice_column>();
  c.name = to_str(name);
  c.type = type;
  c.type_text = to_str(text);
  return c;
}

struct HeapArena {
  std::vector<std::unique_ptr<char[]>> blocks;
  sluice_arena raw = make_sized<sluice_arena>();
  HeapArena() {
    raw.self = this;
    raw.alloc = [](void* self, size_t size, size_t align) noexcept -> void* {
      auto& blocks_of = static_cast<HeapArena*>(self)->blocks;
      blocks_of.push_back(std::make_unique<char[]>(size + align));
      const auto at = reinterpret_cast<uintptr_t>(blocks_of.back().get());
      return blocks_of.back().get() + (align - at % align) % align;
    };
  }
};

void rows_in_bounds(const Subject& subject) {
  const Library library(subject.file);
  const auto filter = as<host::Filter>(library.create(subject));
  if (!filter.looks_at_rows()) skip("the filter does not look at rows");
  const sluice_column columns[] = {column("id", SLUICE_INT, "int(11)"), column("v", SLUICE_STRING, "varchar(20)")};
  auto table = make_sized<sluice_table>();
  table.version = 1;
  table.schema = table.source_schema = to_str("shop");
  table.name = table.source_table = to_str("orders");
  table.source = to_str("mysql-01");
  table.columns = columns;
  table.column_count = 2;
  table.column_stride = sizeof(sluice_column);
  constexpr size_t kRows = 9, kGuard = 32;
  sluice_value values[kRows][2] = {};
  sluice_row rows[kRows] = {};
  for (size_t i = 0; i < kRows; ++i) {
    values[i][0].kind = SLUICE_INT;
    values[i][0].v.i = static_cast<int64_t>(i);
    values[i][1].kind = i % 3 == 0 ? SLUICE_NULL : SLUICE_STRING;
    if (i % 3 != 0) values[i][1].v.p = "text", values[i][1].size = 4;
    rows[i].kind = static_cast<uint8_t>(SLUICE_INSERT + i % 3);
    if (rows[i].kind != SLUICE_INSERT) rows[i].before = values[i];
    if (rows[i].kind != SLUICE_DELETE) rows[i].after = values[i];
  }
  uint8_t actions[kGuard + kRows + kGuard], first[kRows];
  HeapArena arena;
  for (int round = 0; round < 3; ++round) {
    std::memset(actions, 0xA5, sizeof actions);
    std::memset(actions + kGuard, SLUICE_PASS, kRows);
    auto in = make_sized<sluice_filter_rows>();
    in.table = &table;
    in.rows = rows;
    in.row_count = kRows;
    in.actions = actions + kGuard;
    in.arena = &arena.raw;
    auto error = make_sized<sluice_error>();
    if (filter.filter_rows(in, error) != SLUICE_OK) fail("filter_rows: " + said(error));
    for (size_t i = 0; i < kGuard; ++i) {
      expect(actions[i] == 0xA5 && actions[kGuard + kRows + i] == 0xA5, "filter_rows writes outside `actions`");
    }
    for (size_t i = 0; i < kRows; ++i) {
      expect(actions[kGuard + i] <= SLUICE_IGNORE, "filter_rows writes something other than PASS and IGNORE");
    }
    if (round == 0) std::memcpy(first, actions + kGuard, kRows);
    expect(std::memcmp(first, actions + kGuard, kRows) == 0, "filter_rows answers differently to the same rows");
  }
}

}  // namespace

const std::vector<FilterInput>& filter_inputs() {
  static const std::vector<FilterInput> kInputs = make_inputs();
  return kInputs;
}

std::string describe(const FilterInput& input) {
  return "`" + input.schema + "`.`" + input.table + "` " +
         (input.events.empty() ? "row change " + std::to_string(input.kind) : input.events[0]);
}

FilterAnswer ask(const host::Filter& filter, const FilterInput& input, bool copy_input) {
  auto error = make_sized<sluice_error>();
  auto verdict = make_sized<sluice_verdict>();
  auto copy = std::make_unique<FilterInput>(input);
  const FilterInput& in = copy_input ? *copy : input;
  sluice_status status;
  if (in.events.empty()) {
    status = filter.decide_rows(in.source, in.schema, in.table, in.kind, verdict, error);
  } else {
    std::vector<sluice_str> events;
    for (const std::string& e : in.events) events.push_back(to_str(e));
    auto statement = make_sized<sluice_filter_statement>();
    statement.source = to_str(in.source);
    statement.schema = to_str(in.schema);
    statement.table = to_str(in.table);
    statement.original_sql = to_str(in.sql);
    statement.events = events.data();
    statement.event_count = events.size();
    status = filter.decide_statement(statement, verdict, error);
  }
  if (status != SLUICE_OK) fail(describe(input) + ": " + said(error));
  return {verdict.action, std::string(view(verdict.rule)), verdict.rule};
}

const std::vector<Check>& filter_checks() {
  static const std::vector<Check> kChecks = {
      {"filter-same-answer", "filter", "The same question has the same answer, in any order.", &same_answer},
      {"filter-verdict", "filter", "The rule's name is UTF-8 and lives as long as the instance.", &verdict},
      {"filter-rows", "filter", "filter_rows writes PASS and IGNORE into `actions` and nothing elsewhere.",
       &rows_in_bounds},
  };
  return kChecks;
}

}  // namespace sluice::testkit
