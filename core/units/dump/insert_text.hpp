#pragma once

#include <string>
#include <string_view>

#include "core/schema/table_info.hpp"
#include "sluice/abi/row.h"

namespace sluice::units::dump {

/// What stands at the head of each data file: values are raw bytes of the columns' own character sets, and TIMESTAMPs
/// are in UTC.
inline constexpr std::string_view kFileHead =
    "/*!40101 SET NAMES binary*/;\n/*!40014 SET FOREIGN_KEY_CHECKS=0*/;\n/*!40103 SET TIME_ZONE='+00:00' */;\n";

/// "INSERT INTO `t` (`a`,`b`) VALUES\n" without the generated columns.
std::string insert_head(const schema::TableInfo& table);
/// Appends a value as a literal that is valid after kFileHead with backslash escapes on.
void append_literal(std::string& out, const sluice_value& value);
/// Appends "(1,'x',NULL)"; SLUICE_ABSENT values are left out.
void append_tuple(std::string& out, const sluice_value* values, size_t count);
/// A schema or table name as part of a file name: what is no letter, digit, - or _ is percent-encoded.
std::string file_name_part(std::string_view name);

}  // namespace sluice::units::dump
