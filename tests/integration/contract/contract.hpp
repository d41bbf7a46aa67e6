#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/api/handlers.hpp"
#include "core/model/json.hpp"
#include "tests/openapi/schema_check.hpp"
#include "tests/support/http.hpp"

namespace sluice::test {

using Params = std::map<std::string, std::string>;

/// What one request of an operation holds.
struct Ask {
  Params path{};
  std::string query{};  ///< without '?'
  model::Json body{};   ///< null = none
};

/// Asks a sluiced by operation ids and holds every reply to the process's own OpenAPI document. Problems become failed
/// checks of the running test. One thread.
class Contract {
 public:
  /// `client` outlives this.
  Contract(const HttpClient& client, bool docs);

  bool docs() const { return docs_; }
  /// False when the operation answers 501 in this build; then its 501 has been judged.
  bool built(const std::string& id);
  /// Asks without judging. `key`: the Idempotency-Key, "" = none.
  HttpReply ask(const std::string& id, const Ask& ask, const std::string& key = {}) const;
  /// The reply must be the documented success.
  HttpReply succeeds(const std::string& id, const Ask& ask = {});
  /// The reply must be the documented refusal `code`.
  HttpReply refuses(const std::string& id, int code, const Ask& ask = {});
  /// The same for a reply that has come already, of a request whose trial could not know.
  void refused(const std::string& id, int code, const HttpReply& reply);

  /// Pairs of operation and error that were judged; 0 = success.
  const std::set<std::pair<std::string, int>>& covered() const { return covered_; }
  size_t judged() const { return judged_; }

 private:
  const api::Operation& operation(const std::string& id) const;
  const model::Json* described(const api::Operation& operation) const;
  void judge(const api::Operation& operation, const HttpReply& reply);
  /// A write is repeated with its key: the reply comes again, and nothing else.
  void repeat(const api::Operation& operation, const Ask& what, const std::string& key, const HttpReply& first);
  /// The trial must come out as the deed will; that the deed succeeds afterwards shows that the trial changed nothing.
  void try_dry(const api::Operation& operation, Ask what, int code);

  const HttpClient& client_;
  const bool docs_;
  model::Json document_;
  std::set<std::pair<std::string, int>> covered_;
  size_t judged_ = 0;
};

}  // namespace sluice::test
