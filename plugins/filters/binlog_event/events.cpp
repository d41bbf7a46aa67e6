#include "events.hpp"

#include <algorithm>
#include <array>

#include "pattern.hpp"

namespace binlog_event {
namespace {

constexpr std::array kGroups = {
    "all", "all dml", "all ddl", "none", "none dml", "none ddl", "incompatible ddl changes"};

constexpr std::array kCompatible = {
    "insert",       "update",      "delete",    "create database", "alter database",     "create table",
    "create index", "create view", "drop view", "alter table",     "add table partition"};

constexpr std::array kIncompatible = {"drop database",
                                      "drop table",
                                      "truncate table",
                                      "rename table",
                                      "drop index",
                                      "drop table partition",
                                      "truncate table partition",
                                      "add foreign key",
                                      "drop foreign key",
                                      "value range decrease",
                                      "precision decrease",
                                      "modify column",
                                      "rename column",
                                      "rename index",
                                      "drop column",
                                      "drop primary key",
                                      "drop unique key",
                                      "modify default value",
                                      "modify constraint",
                                      "modify columns order",
                                      "modify charset",
                                      "modify collation",
                                      "remove auto increment",
                                      "modify storage engine",
                                      "reorganize table partition",
                                      "rebuild table partition",
                                      "coalesce table partition",
                                      "split table partition",
                                      "exchange table partition",
                                      "modify schema charset and collate",
                                      "modify table charset and collate",
                                      "modify table comment",
                                      "recover table",
                                      "alter table partitioning",
                                      "remove table partitioning",
                                      "add column",
                                      "set default value",
                                      "rebase auto id",
                                      "add primary key",
                                      "alter index visibility",
                                      "alter ttl info",
                                      "alter ttl remove",
                                      "multi schema change"};

template <size_t N>
bool has(const std::array<const char*, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::string canonical_event(std::string_view name) {
  std::string event = lower(name);
  const size_t schema = event.size() >= 6 ? event.size() - 6 : 0;
  if (event == "create schema" || event == "drop schema" || event == "alter schema")
    event.replace(schema, 6, "database");
  return has(kGroups, event) || has(kCompatible, event) || has(kIncompatible, event) ? event : std::string();
}

bool is_incompatible(std::string_view event) { return has(kIncompatible, event); }

}  // namespace binlog_event
