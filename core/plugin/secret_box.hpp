#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/model/error.hpp"

namespace sluice::plugin {

/// Seals what must not be readable in the store: AES-256-GCM under one key. Thread-safe, immutable.
class SecretBox {
 public:
  using Key = std::array<uint8_t, 32>;

  explicit SecretBox(const Key& key) : key_(key) {}
  SecretBox(const SecretBox&) = default;
  SecretBox& operator=(const SecretBox&) = default;
  ~SecretBox();

  /// Reads the key: 64 hex digits (DM's secret-key-path file) or 32 raw bytes. An absent file is created with a
  /// fresh key (hex, mode 0600). A file that others may read is refused.
  static Result<SecretBox> from_file(const std::string& path);

  /// "v1:" + base64(12-byte nonce, ciphertext, 16-byte tag). Every call gives another text.
  std::string seal(const std::string& plain) const;

  /// Opens what `seal` made, and what `dmctl encrypt` makes: base64(16-byte IV, '@', AES-256-CFB). Any other text
  /// is taken as plain and comes back as it is. Fails (20010) only for a sealed text that this key does not open:
  /// to use it as a password would hide that the key was exchanged.
  Result<std::string> open(const std::string& text) const;

  /// HMAC-SHA-256 under the key, as hex digits: tells equal texts apart from others and betrays nothing of them, not
  /// even to who guesses.
  std::string digest(const std::string& text) const;

  /// True when `text` has the form that `seal` gives.
  static bool is_sealed(const std::string& text);

 private:
  Key key_;
};

}  // namespace sluice::plugin
