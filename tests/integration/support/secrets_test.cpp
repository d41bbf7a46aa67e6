// The search for secrets bites: what is planted here is found, and an empty collection is not taken for a clean one.
#include "tests/support/secrets.hpp"

#include <catch2/catch.hpp>

#include "tests/support/certificates.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice::test;

namespace {

// secrets_check with a collection of its own.
class Collection {
 public:
  int operator()(const std::vector<std::string>& words) const {
    std::vector<std::string> argv{std::string(SLUICE_BINARY_DIR) + "/bin/secrets_check"};
    argv.insert(argv.end(), words.begin(), words.end());
    Process process({argv, {{"SLUICE_SECRETS_FOLDER", (folder_.path() / "kept").string()}}, output(), {}});
    return process.wait();
  }
  [[nodiscard]] std::string said() const { return read_file(output()); }

 private:
  [[nodiscard]] std::filesystem::path output() const { return folder_.path() / "output"; }
  TempDir folder_;
};

}  // namespace

TEST_CASE("secrets: found in clear and in Base64, wherever they stand", "[integration][support][secrets]") {
  const std::string text = secret("x");
  CHECK(leaks_in("{\"password\":\"" + text + "\"}") == std::vector<std::string>{"{\"password\":\"<SECRET>"});
  CHECK(leaks_in("password=******").empty());
  // openssl base64 of "u:", "us:", "usr:" and the secret
  for (const char* encoded : {"dTpQbDRudGVkU2VjcmV0LXg=", "dXM6UGw0bnRlZFNlY3JldC14", "dXNyOlBsNG50ZWRTZWNyZXQteA=="}) {
    CHECK(leaks_in(encoded).size() == 1);
  }
  CHECK(leaks_in("-----\nMIIEvQIBADANBgkq\n", {"MIIEvQIBADANBgkq"}).size() == 1);
}

TEST_CASE("secrets: a test program that lets one out fails, and so does the search after the last test",
          "[integration][support][secrets]") {
  const Collection clean;
  CHECK(clean({"let-out", "a harmless line"}) == 0);
  CHECK(clean({"end"}) == 0);
  CHECK(clean({"end"}) == 1);
  CHECK_THAT(clean.said(), Catch::Contains("Nothing was collected"));

  const Collection leaking;
  CHECK(leaking({"let-out", "password=" + secret("planted")}) == 1);
  CHECK_THAT(leaking.said(), Catch::Contains("password=<SECRET>") && !Catch::Contains(secret("planted")));
  CHECK(leaking({"let-out", "a harmless line"}) == 0);
  CHECK(leaking({"end"}) == 1);
}

TEST_CASE("secrets: the key of one program is found in what another has let out", "[integration][support][secrets]") {
  SLUICE_SKIP_IF(Certificates::missing());
  const Certificates certificates;
  certificates.sign("server");
  const Collection public_parts;
  CHECK(public_parts({"let-out", certificates.file("server.key"), certificates.file("server.pem"),
                      certificates.file("server.csr")}) == 0);
  CHECK(public_parts({"end"}) == 0);

  const Collection collection;
  CHECK(collection({"let-out", certificates.file("ca.key")}) == 0);
  std::filesystem::copy_file(certificates.file("server.key"), certificates.file("copy"));
  CHECK(collection({"let-out", certificates.file("copy")}) == 0);
  CHECK(collection({"let-out", certificates.file("server.key")}) == 0);
  CHECK(collection({"end"}) == 1);
}

TEST_CASE("secrets: the files of a sluiced are searched when it ends", "[integration][support][secrets]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  const Collection collection;
  CHECK(collection({"leave", "harmless"}) == 0);
  CHECK(collection({"leave", secret("left")}) == 1);
  CHECK_THAT(collection.said(), Catch::Contains("file left: <SECRET>"));
  CHECK(collection({"end"}) == 1);
}
