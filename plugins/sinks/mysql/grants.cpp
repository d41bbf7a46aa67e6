#include "grants.hpp"

#include <algorithm>

#include "quote.hpp"

namespace sluice::mysql {
namespace {

/// LIKE as the schema part of a grant is matched: %, _ and the escape character \.
bool like(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t i = 0; i <= text.size(); ++i) {
      if (like(pattern.substr(1), text.substr(i))) return true;
    }
    return false;
  }
  if (pattern[0] == '\\' && pattern.size() > 1)
    pattern.remove_prefix(1);
  else if (pattern[0] == '_')
    return !text.empty() && like(pattern.substr(1), text.substr(1));
  return !text.empty() && pattern[0] == text[0] && like(pattern.substr(1), text.substr(1));
}

/// "SELECT, INSERT (`a`), DROP": what is granted on columns only is left out.
std::set<std::string> split(std::string_view list) {
  std::set<std::string> out;
  int depth = 0;
  std::string word;
  bool columns = false;
  for (const char c : std::string(list) + ",") {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    columns = columns || depth > 0;
    if (c != ',' || depth > 0) {
      if (depth == 0 && (c != ' ' || !word.empty())) word += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      continue;
    }
    if (!columns && !word.empty()) out.insert(word);
    word.clear();
    columns = false;
  }
  return out;
}

/// The name at the start of `text`, quotes taken off, and what follows in `text`.
std::string take_name(std::string_view& text) {
  std::string out;
  if (text.empty() || (text[0] != '`' && text[0] != '"')) {
    const size_t end = std::min(text.find('.'), text.size());
    out = text.substr(0, end);
    text.remove_prefix(end);
    return out;
  }
  const char quote = text[0];
  size_t i = 1;
  for (; i < text.size(); ++i) {
    if (text[i] == quote && (i + 1 >= text.size() || text[i + 1] != quote)) break;
    if (text[i] == quote) ++i;
    out += text[i];
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return out;
}

bool holds(const std::set<std::string>& privileges, std::string_view privilege) {
  return privileges.count(std::string(privilege)) > 0 || privileges.count("ALL PRIVILEGES") > 0 ||
         privileges.count("ALL") > 0;
}

}  // namespace

Grants::Grants(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    constexpr std::string_view kGrant = "GRANT ";
    const size_t on = line.find(" ON ");
    if (line.compare(0, kGrant.size(), kGrant) != 0 || on == std::string::npos) continue;
    std::string_view rest = std::string_view(line).substr(on + 4);
    const std::string schema = take_name(rest);
    if (rest.substr(0, 2) != ".*") continue;
    entries_.push_back({schema, split(std::string_view(line).substr(kGrant.size(), on - kGrant.size()))});
  }
}

Grants Grants::read(Connection& connection) {
  std::vector<std::string> lines;
  for (const Row& row : connection.query("SHOW GRANTS", "read the privileges at the target")) {
    if (!row.empty() && row[0]) lines.push_back(*row[0]);
  }
  return Grants(lines);
}

bool Grants::global(std::string_view privilege) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.schema == "*" && holds(entry.privileges, privilege); });
}

bool Grants::on_schema(std::string_view privilege, std::string_view schema) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return (entry.schema == "*" || like(entry.schema, schema)) && holds(entry.privileges, privilege);
  });
}

std::string current_account(Connection& connection) {
  const auto rows = connection.query("SELECT CURRENT_USER()", "read the account at the target");
  const std::string account = rows.empty() || !rows[0][0] ? std::string() : *rows[0][0];
  const size_t at = std::min(account.rfind('@'), account.size());
  std::string out = quoted_string(account.substr(0, at), true);
  if (at < account.size()) out += "@" + quoted_string(account.substr(at + 1), true);
  return out;
}

}  // namespace sluice::mysql
