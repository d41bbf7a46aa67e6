#include "core/sql/events.hpp"

#include <algorithm>

namespace sluice::sql {
namespace {

using Names = std::vector<std::string>;

int string_rank(ColumnType type) {
  switch (type) {
    case ColumnType::TinyText:
    case ColumnType::TinyBlob: return 1;
    case ColumnType::Text:
    case ColumnType::Blob: return 2;
    case ColumnType::MediumText:
    case ColumnType::MediumBlob: return 3;
    case ColumnType::LongText:
    case ColumnType::LongBlob: return 4;
    default: return 0;
  }
}

bool members_kept(const ColumnDef& before, const ColumnDef& after) {
  return before.members.size() <= after.members.size() &&
         std::equal(before.members.begin(), before.members.end(), after.members.begin());
}

bool shorter(const ColumnDef& before, const ColumnDef& after) {
  if (before.is_integer()) return false;  // a display width
  return after.length.value_or(0) < before.length.value_or(0) ||
         after.decimals.value_or(0) < before.decimals.value_or(0);
}

/// What a change of type means; "" when every old value still fits.
std::string type_event(const ColumnDef& before, const ColumnDef& after) {
  if (before.is_integer() && after.is_integer()) {
    if (before.is_unsigned != after.is_unsigned) return "precision decrease";
    return after.type < before.type ? "value range decrease" : "";
  }
  if (before.type != after.type) {
    const int from = string_rank(before.type);
    const int to = string_rank(after.type);
    const bool same_family = from > 0 && to > 0 && before.is_binary() == after.is_binary();
    return same_family && to > from ? "" : "modify column";
  }
  if (before.type == ColumnType::Decimal) {
    const bool same =
        before.length == after.length && before.decimals == after.decimals && before.is_unsigned == after.is_unsigned;
    return same ? "" : "precision decrease";
  }
  if (before.type == ColumnType::Binary && before.length != after.length) return "precision decrease";
  if (before.type == ColumnType::Enum || before.type == ColumnType::Set) {
    return members_kept(before, after) ? "" : "value range decrease";
  }
  if (before.type == ColumnType::Geometry) return before.type_text == after.type_text ? "" : "modify column";
  return shorter(before, after) ? "value range decrease" : "";
}

/// '0' and 0 are one default; no DEFAULT and DEFAULT NULL too.
std::string plain_default(const ColumnDef& column) {
  std::string text = to_lower(column.default_text.value_or("null"));
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') text = text.substr(1, text.size() - 2);
  if (text.size() > 2 && text.substr(text.size() - 2) == "()") text.resize(text.size() - 2);
  return text;
}

bool has_key(const Clause& clause, KeyType type) {
  return std::any_of(clause.keys.begin(), clause.keys.end(), [type](const KeyDef& key) { return key.type == type; });
}

std::string attribute_event(const Clause& clause, const OldColumn& old, const ColumnDef& after) {
  const ColumnDef& before = old.definition;
  if (before.auto_increment && !after.auto_increment) return "remove auto increment";
  if (old.primary_key && !has_key(clause, KeyType::Primary)) return "drop primary key";
  if (old.unique_key && !has_key(clause, KeyType::Unique)) return "drop unique key";
  if (plain_default(before) != plain_default(after)) return "modify default value";
  if (after.charset_given && before.charset != after.charset) return "modify charset";
  if (after.collation_given && before.collation != after.collation) return "modify collation";
  return {};
}

Names modify_events(const Clause& clause, const ColumnLookup& lookup) {
  Names names;
  const auto add = [&names](const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  const bool renamed = clause.kind == ClauseKind::ChangeColumn && clause.column != clause.new_name;
  const ColumnDef& after = clause.definitions.front();
  std::string event;
  if (const auto old = lookup ? lookup(clause.schema, clause.table, clause.column) : std::nullopt) {
    event = type_event(old->definition, after);
    if (event.empty()) event = attribute_event(clause, *old, after);
  }
  if (event.empty() && clause.position != Position::Unspecified) event = "modify columns order";
  if (event.empty() && renamed) event = "rename column";
  add(event.empty() ? "alter table" : event);
  add("modify column");
  if (renamed) add("rename column");
  return names;
}

Names option_events(const Clause& clause) {
  Names names;
  bool plain = false;
  for (const std::string& option : clause.options) {
    if (option == "charset") {
      names.push_back("modify charset");
    } else if (option == "collate") {
      names.push_back("modify collation");
    } else if (option == "engine" || option == "type") {
      names.push_back("modify storage engine");
    } else {
      plain = true;
      if (option == "comment") names.push_back("modify table comment");
      if (option == "auto_increment") names.push_back("rebase auto id");
      if (option == "ttl" || option == "ttl_enable") names.push_back("alter ttl info");
    }
  }
  if (plain) names.insert(names.begin(), "alter table");
  if (!clause.charset.empty() || !clause.collation.empty()) names.push_back("modify table charset and collate");
  return names;
}

Names convert_events(const Clause& clause) {
  Names names = {"modify charset"};
  if (!clause.collation.empty()) names.push_back("modify collation");
  names.push_back("modify table charset and collate");
  return names;
}

Names alter_events(const Clause& clause, const ColumnLookup& lookup) {
  switch (clause.kind) {
    case ClauseKind::AddColumn: return {"alter table", "add column"};
    case ClauseKind::DropColumn: return {"drop column"};
    case ClauseKind::ModifyColumn:
    case ClauseKind::ChangeColumn: return modify_events(clause, lookup);
    case ClauseKind::RenameColumn: return {"rename column"};
    case ClauseKind::AlterColumnDefault: return {"modify default value", "set default value"};
    case ClauseKind::AddPrimaryKey: return {"modify constraint", "add primary key"};
    case ClauseKind::AddUniqueKey:
    case ClauseKind::AddIndex:
    case ClauseKind::AddFulltextOrSpatial: return {"modify constraint", "create index"};
    case ClauseKind::AddForeignKey: return {"modify constraint", "add foreign key"};
    case ClauseKind::AddCheck: return {"modify constraint"};
    case ClauseKind::DropPrimaryKey: return {"drop primary key"};
    case ClauseKind::DropIndex: return {"drop index"};
    case ClauseKind::DropForeignKey: return {"alter table", "drop foreign key"};
    case ClauseKind::DropConstraint:
    case ClauseKind::DropCheck:
    case ClauseKind::AlterConstraint: return {"alter table", "modify constraint"};
    case ClauseKind::RenameIndex: return {"rename index"};
    case ClauseKind::AlterIndexVisibility: return {"alter table", "alter index visibility"};
    case ClauseKind::RenameTable: return {"rename table"};
    case ClauseKind::TableOptions: return option_events(clause);
    case ClauseKind::ConvertCharset: return convert_events(clause);
    case ClauseKind::AddPartition: return {"alter table", "add table partition"};
    case ClauseKind::DropPartition: return {"drop table partition"};
    case ClauseKind::TruncatePartition: return {"truncate table partition"};
    case ClauseKind::ReorganizePartition: return {"reorganize table partition"};
    case ClauseKind::RebuildPartition: return {"rebuild table partition"};
    case ClauseKind::CoalescePartition: return {"coalesce table partition"};
    case ClauseKind::ExchangePartition: return {"exchange table partition"};
    case ClauseKind::PartitionBy: return {"alter table", "alter table partitioning"};
    case ClauseKind::RemovePartitioning: return {"alter table", "remove table partitioning"};
    default: return {"alter table"};
  }
}

}  // namespace

std::vector<std::string> event_names(const Clause& clause, const ColumnLookup& lookup) {
  switch (clause.statement) {
    case StatementKind::CreateDatabase: return {"create database"};
    case StatementKind::AlterDatabase: return {"alter database", "modify schema charset and collate"};
    case StatementKind::DropDatabase: return {"drop database"};
    case StatementKind::CreateTable: return {"create table"};
    case StatementKind::DropTable: return {"drop table"};
    case StatementKind::TruncateTable: return {"truncate table"};
    case StatementKind::RenameTable: return {"rename table"};
    case StatementKind::CreateIndex: return {"create index"};
    case StatementKind::DropIndex: return {"drop index"};
    case StatementKind::CreateView: return {"create view"};
    case StatementKind::AlterView: return {"alter view"};
    case StatementKind::DropView: return {"drop view"};
    case StatementKind::AlterTable: break;
  }
  Names names = alter_events(clause, lookup);
  if (clause.one_of_many) names.push_back("multi schema change");
  return names;
}

}  // namespace sluice::sql
