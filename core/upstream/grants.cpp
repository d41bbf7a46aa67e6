#include <algorithm>
#include <optional>

#include "core/upstream/server_info.hpp"

namespace sluice::upstream {
namespace {

std::string trimmed_upper(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

// The list up to " ON ", split at commas outside of parentheses. Column privileges ("SELECT (`a`)") are left out:
// they do not grant the whole table.
std::vector<std::string> take_privileges(std::string_view& rest) {
  std::vector<std::string> out;
  int depth = 0;
  bool columns = false;
  size_t start = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '(') {
      ++depth;
      columns = true;
    } else if (rest[i] == ')') {
      --depth;
    }
    const bool end = depth == 0 && rest.substr(i, 4) == " ON ";
    if (depth != 0 || (!end && rest[i] != ',')) continue;
    if (!columns) out.push_back(trimmed_upper(rest.substr(start, i - start)));
    columns = false;
    start = i + 1;
    if (end) {
      rest.remove_prefix(i + 4);
      return out;
    }
  }
  return {};  // GRANT role TO user: no ON
}

// `name` or a bare word or *.
std::optional<std::string> take_name(std::string_view& rest) {
  std::string out;
  if (rest.empty()) return std::nullopt;
  if (rest[0] != '`' && rest[0] != '"') {
    const size_t end = std::min(rest.find_first_of(". "), rest.size());
    out = rest.substr(0, end);
    rest.remove_prefix(end);
    return out;
  }
  const char quote = rest[0];
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != quote) {
      out += rest[i];
    } else if (i + 1 < rest.size() && rest[i + 1] == quote) {
      out += rest[i++];
    } else {
      rest.remove_prefix(i + 1);
      return out;
    }
  }
  return std::nullopt;
}

std::optional<Grants::Entry> parse_line(std::string_view line) {
  constexpr std::string_view kGrant = "GRANT ";
  if (line.substr(0, kGrant.size()) != kGrant) return std::nullopt;
  line.remove_prefix(kGrant.size());
  Grants::Entry entry;
  entry.privileges = take_privileges(line);
  if (entry.privileges.empty()) return std::nullopt;
  for (std::string_view word : {"TABLE ", "PROCEDURE ", "FUNCTION ", "PACKAGE "}) {
    if (line.substr(0, word.size()) != word) continue;
    if (word != "TABLE ") return std::nullopt;
    line.remove_prefix(word.size());
  }
  const auto schema = take_name(line);
  if (!schema || line.empty() || line[0] != '.') return std::nullopt;  // PROXY ON ''@''
  line.remove_prefix(1);
  const auto table = take_name(line);
  if (!table) return std::nullopt;
  entry.schema = *schema;
  entry.table = *table;
  return entry;
}

// LIKE with % and _ and the escape character \, as the schema part of a grant is matched.
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

// The same right under its other names; SUPER contains what later versions split off.
std::vector<std::string_view> names_of(std::string_view privilege) {
  if (privilege == "REPLICATION CLIENT" || privilege == "BINLOG MONITOR") {
    return {"REPLICATION CLIENT", "BINLOG MONITOR", "SUPER"};
  }
  if (privilege == "REPLICATION SLAVE" || privilege == "REPLICATION REPLICA") {
    return {"REPLICATION SLAVE", "REPLICATION REPLICA"};
  }
  return {privilege};
}

// 'user'@'host': the host is behind the last @.
std::string quote_account(const std::string& account) {
  const auto quoted = [](std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
      if (c == '\'' || c == '\\') out += c;
      out += c;
    }
    return out + "'";
  };
  const size_t at = std::min(account.rfind('@'), account.size());
  const std::string_view text = account;
  return quoted(text.substr(0, at)) + (at < text.size() ? "@" + quoted(text.substr(at + 1)) : "");
}

bool gives(const Grants::Entry& entry, std::string_view privilege) {
  const auto names = names_of(privilege);
  return std::any_of(entry.privileges.begin(), entry.privileges.end(), [&](const std::string& held) {
    return held == "ALL" || held == "ALL PRIVILEGES" || std::find(names.begin(), names.end(), held) != names.end();
  });
}

}  // namespace

Grants parse_grants(std::vector<std::string> lines) {
  Grants out;
  for (const std::string& line : lines) {
    if (auto entry = parse_line(line)) out.entries.push_back(std::move(*entry));
  }
  out.lines = std::move(lines);
  return out;
}

bool Grants::global(std::string_view privilege) const {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.schema == "*" && entry.table == "*" && gives(entry, privilege);
  });
}

bool Grants::on_table(std::string_view privilege, std::string_view schema, std::string_view table) const {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    // Wildcards hold in the schema part of a schema grant only; in a table grant the name is meant literally.
    const bool covers = entry.table == "*" ? entry.schema == "*" || like(entry.schema, schema)
                                           : entry.schema == schema && entry.table == table;
    return covers && gives(entry, privilege);
  });
}

Result<Grants> grants(Connection& connection) {
  Result<Rows> rows = connection.query("SHOW GRANTS");
  if (!rows) return rows.status();
  std::vector<std::string> lines;
  for (const auto& row : rows->rows) lines.push_back(row.at(0).value_or(""));
  Grants out = parse_grants(std::move(lines));
  Result<Rows> account = connection.query("SELECT CURRENT_USER() AS a");
  if (!account) return account.status();
  out.account = quote_account(account->get(0, "a"));
  return out;
}

}  // namespace sluice::upstream
