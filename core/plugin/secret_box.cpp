#include "core/plugin/secret_box.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace sluice::plugin {
namespace {

constexpr size_t kNonce = 12;
constexpr size_t kTag = 16;
constexpr size_t kIv = 16;
constexpr char kPrefix[] = "v1:";

using Bytes = std::string;
using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* raw(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* raw(const Bytes& bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string to_base64(const Bytes& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(raw(out), raw(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

/// Standard alphabet with padding and nothing else: EVP_DecodeBlock alone also takes white space around the text.
std::optional<Bytes> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > (1U << 20)) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (!ok) return std::nullopt;
  }
  Bytes out(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(raw(out), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<size_t>(size) - padding);
  return out;
}

std::optional<Bytes> open_gcm(const SecretBox::Key& key, const Bytes& sealed) {
  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  const size_t size = sealed.size() - kNonce - kTag;
  Bytes plain(size + 16, '\0');
  Bytes tag = sealed.substr(sealed.size() - kTag);
  int done = 0;
  int rest = 0;
  const bool ok =
      context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), raw(sealed)) == 1 &&
      EVP_DecryptUpdate(context.get(), raw(plain), &done, raw(sealed) + kNonce, static_cast<int>(size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag, raw(tag)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), raw(plain) + done, &rest) == 1;
  if (!ok) return std::nullopt;
  plain.resize(static_cast<size_t>(done + rest));
  return plain;
}

/// What `dmctl encrypt` writes (behaviour.md, 10.8): the IV, '@', then AES-256 in CFB mode.
std::optional<Bytes> open_cfb(const SecretBox::Key& key, const Bytes& sealed) {
  if (sealed.size() <= kIv || sealed[kIv] != '@') return std::nullopt;
  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  const size_t size = sealed.size() - kIv - 1;
  Bytes plain(size + 16, '\0');
  int done = 0;
  int rest = 0;
  const bool ok =
      context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_cfb128(), nullptr, key.data(), raw(sealed)) == 1 &&
      EVP_DecryptUpdate(context.get(), raw(plain), &done, raw(sealed) + kIv + 1, static_cast<int>(size)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), raw(plain) + done, &rest) == 1;
  if (!ok) return std::nullopt;
  plain.resize(static_cast<size_t>(done + rest));
  return plain;
}

Error key_error(const std::string& path, const std::string& problem, const std::string& remedy) {
  return make_error(20010, "the key file " + path + ": " + problem, "", remedy);
}

std::optional<SecretBox::Key> parse_key(Bytes content) {
  SecretBox::Key key{};
  if (content.size() == key.size()) {
    std::memcpy(key.data(), content.data(), key.size());
    return key;
  }
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r' || content.back() == ' ')) {
    content.pop_back();
  }
  if (content.size() != 2 * key.size()) return std::nullopt;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  for (size_t i = 0; i < key.size(); ++i) {
    const int high = digit(content[2 * i]);
    const int low = digit(content[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return key;
}

std::string system_text(int number) { return std::system_category().message(number); }

/// Null content when another process was faster.
Status create_key_file(const std::string& path) {
  SecretBox::Key key{};
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) {
    return key_error(path, "the system gives no random numbers", "look at /dev/urandom");
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  Bytes text;
  for (const uint8_t byte : key) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  text += '\n';
  // Written under another name first, so that no process ever reads half a key.
  Bytes temporary = path + ".XXXXXX";
  const int fd = ::mkstemp(temporary.data());
  if (fd < 0) {
    return key_error(path, "cannot create it: " + system_text(errno),
                     "create the folder and let this user write to it, or set secret_key_path");
  }
  const bool written = ::fchmod(fd, 0600) == 0 &&
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  const bool linked = written && (::link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int link_why = errno;
  ::unlink(temporary.c_str());
  if (!linked) return key_error(path, "cannot write it: " + system_text(written ? link_why : why), "free some space");
  return {};
}

}  // namespace

SecretBox::~SecretBox() { OPENSSL_cleanse(key_.data(), key_.size()); }

Result<SecretBox> SecretBox::from_file(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) {
    if (Status created = create_key_file(path); !created) return created;
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (fd < 0) return key_error(path, "cannot open it: " + system_text(errno), "let this user read it");
  struct stat info {};
  char buffer[256];
  const bool known = ::fstat(fd, &info) == 0;
  const ssize_t size = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  if (!known || size < 0) return key_error(path, "cannot read it", "let this user read it");
  if ((info.st_mode & 077) != 0) {
    return key_error(path, "others than its owner may read or write it", "chmod 600 " + path);
  }
  auto key = parse_key(Bytes(buffer, static_cast<size_t>(size)));
  OPENSSL_cleanse(buffer, sizeof buffer);
  if (!key) {
    return key_error(path, std::to_string(size) + " bytes found, 64 hex digits or 32 raw bytes are expected",
                     "restore the key this node has used; only when nothing was sealed with it: remove the file");
  }
  SecretBox box(*key);
  OPENSSL_cleanse(key->data(), key->size());
  return box;
}

std::string SecretBox::seal(const std::string& plain) const {
  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  Bytes out(kNonce + plain.size() + 16 + kTag, '\0');
  int done = 0;
  int rest = 0;
  unsigned char tag[kTag];
  const bool ok =
      context && RAND_bytes(raw(out), kNonce) == 1 &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), raw(out)) == 1 &&
      EVP_EncryptUpdate(context.get(), raw(out) + kNonce, &done, raw(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), raw(out) + kNonce + done, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, tag) == 1;
  // Only a broken OpenSSL gets here; handing the plain text on instead would be worse than ending.
  if (!ok) throw std::runtime_error("OpenSSL cannot encrypt with AES-256-GCM");
  out.resize(kNonce + static_cast<size_t>(done + rest));
  out.append(reinterpret_cast<const char*>(tag), kTag);
  return kPrefix + to_base64(out);
}

std::string SecretBox::digest(const std::string& text) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned int size = 0;
  if (!HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), raw(text), text.size(), code.data(), &size)) {
    throw std::runtime_error("OpenSSL cannot compute a digest");
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned int i = 0; i < size; ++i) out += {kHex[code[i] >> 4], kHex[code[i] & 15]};
  return out;
}

bool SecretBox::is_sealed(const std::string& text) {
  if (!text.starts_with(kPrefix)) return false;
  const auto bytes = from_base64(std::string_view(text).substr(3));
  return bytes && bytes->size() >= kNonce + kTag;
}

Result<std::string> SecretBox::open(const std::string& text) const {
  if (is_sealed(text)) {
    if (auto plain = open_gcm(key_, *from_base64(std::string_view(text).substr(3)))) return std::move(*plain);
    return make_error(20010, "a stored secret cannot be opened with the key of this node", "",
                      "restore the key file (secret_key_path) that sealed it, or enter the password again");
  }
  if (const auto bytes = from_base64(text)) {
    if (auto plain = open_cfb(key_, *bytes)) return std::move(*plain);
  }
  return text;
}

}  // namespace sluice::plugin
