#include "core/plugin/secret_box.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sluice::plugin;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

SecretBox::Key test_key(uint8_t seed) {
  SecretBox::Key key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(seed + i);
  return key;
}

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "sluice-key-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::string file() const { return (path / "secret.key").string(); }
};

void write(const std::string& file, const std::string& text, mode_t mode = 0600) {
  std::ofstream(file) << text;
  ::chmod(file.c_str(), mode);
}

}  // namespace

TEST_CASE("secret box: what it seals it opens, and no two seals are equal", "[unit][plugin]") {
  const SecretBox box(test_key(1));
  for (const std::string& plain :
       {std::string(), std::string("p"), std::string("pass wörd\0x", 12), std::string(5000, 'x')}) {
    const std::string sealed = box.seal(plain);
    CHECK(SecretBox::is_sealed(sealed));
    CHECK(sealed != box.seal(plain));
    const auto opened = box.open(sealed);
    REQUIRE(opened.ok());
    CHECK(*opened == plain);
  }
}

TEST_CASE("secret box: a changed text and another key are refused", "[unit][plugin]") {
  const std::string sealed = SecretBox(test_key(1)).seal("password");
  const auto other = SecretBox(test_key(2)).open(sealed);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().code == 20010);
  CHECK_THAT(other.error().one_line(), Contains("secret_key_path") && !Contains(sealed));
  std::string changed = sealed;
  changed[10] = changed[10] == 'A' ? 'B' : 'A';
  CHECK_FALSE(SecretBox(test_key(1)).open(changed).ok());
}

TEST_CASE("secret box: it opens what dmctl encrypt writes", "[unit][plugin]") {
  // openssl enc -aes-256-cfb -K 0102..20 -iv 00..0f of "secret", as base64(iv, '@', ciphertext).
  const SecretBox box(test_key(1));
  const auto opened = box.open("AAECAwQFBgcICQoLDA0OD0CeD2MOLTU=");
  REQUIRE(opened.ok());
  CHECK(*opened == "secret");
}

TEST_CASE("secret box: any other text is taken as plain", "[unit][plugin]") {
  const SecretBox box(test_key(1));
  for (const char* plain : {"", "123456", "v1:", "v1:abc", "QUJD", "pa@ss", "AAECAwQFBgcICQoLDA0ODyBhYmM="}) {
    const auto opened = box.open(plain);
    REQUIRE(opened.ok());
    CHECK(*opened == plain);
  }
}

TEST_CASE("secret box: an absent key file is created for its owner only, and read again", "[unit][plugin]") {
  const Folder folder;
  const auto first = SecretBox::from_file(folder.file());
  REQUIRE(first.ok());
  struct stat info {};
  REQUIRE(::stat(folder.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const auto second = SecretBox::from_file(folder.file());
  REQUIRE(second.ok());
  CHECK(*second->open(first->seal("x")) == "x");
  CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}

TEST_CASE("secret box: a key file that is open to others, damaged or out of reach is refused", "[unit][plugin]") {
  const Folder folder;
  write(folder.file(), std::string(64, 'a'), 0644);
  CHECK_THAT(SecretBox::from_file(folder.file()).error().one_line(), Contains("chmod 600"));
  write(folder.file(), "abc");
  CHECK_THAT(SecretBox::from_file(folder.file()).error().one_line(), Contains("3 bytes") && Contains("64 hex digits"));
  write(folder.file(), std::string(64, 'g'));
  CHECK_FALSE(SecretBox::from_file(folder.file()).ok());
  CHECK_THAT(SecretBox::from_file((folder.path / "no" / "key").string()).error().one_line(), Contains("no/key"));
  write(folder.file(), std::string(64, 'A') + "\n");
  CHECK(SecretBox::from_file(folder.file()).ok());
  write(folder.file(), std::string(32, '\x01'));
  CHECK(SecretBox::from_file(folder.file()).ok());
}
