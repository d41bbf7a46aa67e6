#include "core/units/loader/structures.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/units/loader/file_error.hpp"

namespace sluice::units::loader {
namespace {

constexpr uint64_t kMostBytes = 64ULL << 20;

}  // namespace

Result<std::string> create_statement(const std::string& text, sql::Dialect dialect) {
  auto list = sql::tokenize(text, 0, dialect);
  if (!list) return list.status();
  const auto& tokens = list->tokens;
  const auto is = [&](size_t i, const char* word) {
    return tokens[i].kind == sql::TokenKind::Word && sql::equals_ignore_case(tokens[i].value, word);
  };
  const auto is_symbol = [&](size_t i, const char* symbol) {
    return tokens[i].kind == sql::TokenKind::Symbol && tokens[i].value == symbol;
  };
  size_t i = 0;
  for (; tokens[i].kind != sql::TokenKind::End; ++i) {
    if (is(i, "CREATE") && (i == 0 || is_symbol(i - 1, ";"))) break;
  }
  if (tokens[i].kind == sql::TokenKind::End) return std::string();
  const size_t begin = tokens[i].offset;
  for (size_t j = i; tokens[j].kind != sql::TokenKind::End && !is_symbol(j, "(") && !is(j, "AS"); ++j) {
    if (is(j, "VIEW")) return std::string();
  }
  while (tokens[i].kind != sql::TokenKind::End && !is_symbol(i, ";")) ++i;
  return text.substr(begin, tokens[i].offset - begin);
}

Result<std::string> read_small_file(const std::string& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (!error && size > kMostBytes) {
    return file_error(path, "a file of a structure with " + std::to_string(size) + " bytes",
                      "A CREATE statement is never that long: look at what the file is.");
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) return file_error(path, std::strerror(errno), "Check that the file is there and that sluiced may read it.");
  return out.str();
}

}  // namespace sluice::units::loader
