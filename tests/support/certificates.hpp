// TLS material for tests, made with the openssl command.
#pragma once

#include <string>

#include "tests/support/process.hpp"

namespace sluice::test {

// A CA, and certificates that it signed. They last two days. The keys are watched for (secrets.hpp).
class Certificates {
 public:
  // Empty when the openssl command is there, else the reason.
  [[nodiscard]] static std::string missing();
  Certificates();
  // NAME.pem and NAME.key with the common name `name`, signed by the CA.
  void sign(const std::string& name) const;

  // "ca.pem", "server.pem", "server.key" ...
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] std::string content(const std::string& name) const { return read_file(file(name)); }
  // The same as a JSON string, with its quotes.
  [[nodiscard]] std::string json(const std::string& name) const;

 private:
  TempDir folder_;
};

}  // namespace sluice::test
