// The secrets of the tests, and the search for them in everything that a program under test lets out.
//
// A secret is found by one marker that all of them begin with, in clear or in Base64; keys, which nobody can mark, are
// found by their text. What is let out is searched at once, and the test program ends with exit code 1 when something
// was found, whatever its tests said. All of it is also kept in a folder of the build (SLUICE_SECRETS_FOLDER
// elsewhere), one file per test program, where `secrets_check end` searches it again after the last test, for the
// secrets of all. All functions are thread-safe.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

// A password for a test. `purpose` is letters, digits and "-", so that no encoding of a reply or a log changes it.
[[nodiscard]] std::string secret(const std::string& purpose);

// Watches for a text that cannot begin with the marker. Texts below 16 characters are not: they are found by chance.
void guard(const std::string& text);
// The same for the lines of a PEM file with an RSA key; those with the modulus, which the certificate has as well, are
// left out.
void guard_key(const std::string& pem);

// What the program under test has shown: a reply, its output, a log. `from` says where, for the error.
void let_out(const std::string& from, const std::string& text);
// The same for every file below a folder, but those whose names are in `kept`: they hold secrets by right.
void let_out_files(const std::filesystem::path& folder, const std::set<std::string>& kept = {});

// Where `text` shows one of the marked secrets or one of `guarded`: a piece of it with the secret blackened.
[[nodiscard]] std::vector<std::string> leaks_in(std::string_view text, const std::set<std::string>& guarded = {});

// The folder in which things are kept.
[[nodiscard]] std::filesystem::path secrets_folder();

}  // namespace sluice::test
