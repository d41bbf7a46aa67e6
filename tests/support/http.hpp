// A small HTTP client with JSON for tests of the API.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace sluice::test {

// A reply. `status` is 0 when there was none (connection refused, reset, timed out); `error` says why.
class HttpReply {
 public:
  int status = 0;
  std::string content_type;
  std::map<std::string, std::string> headers;
  std::string body;
  std::string error;

  // Values by path into the JSON body: "data[0].source_name". Absent or null gives "" / 0 / false.
  [[nodiscard]] bool has(const std::string& path) const;
  [[nodiscard]] std::string text(const std::string& path) const;
  [[nodiscard]] std::int64_t number(const std::string& path) const;
  // Elements of an array, or members of an object; "" is the body itself.
  [[nodiscard]] std::size_t size(const std::string& path = "") const;
};

// Requests to one loopback port, one connection each. Thread-safe.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, int timeout_seconds = 60) : port_(port), timeout_seconds_(timeout_seconds) {}
  [[nodiscard]] HttpReply get(const std::string& path) const { return request("GET", path); }
  [[nodiscard]] HttpReply del(const std::string& path) const { return request("DELETE", path); }
  [[nodiscard]] HttpReply post(const std::string& path, const std::string& json = "") const {
    return request("POST", path, json);
  }
  [[nodiscard]] HttpReply put(const std::string& path, const std::string& json = "") const {
    return request("PUT", path, json);
  }
  [[nodiscard]] HttpReply request(const std::string& method, const std::string& path, const std::string& body = "",
                                  const std::string& content_type = "application/json",
                                  const std::map<std::string, std::string>& headers = {}) const;

 private:
  std::uint16_t port_;
  int timeout_seconds_;
};

}  // namespace sluice::test
