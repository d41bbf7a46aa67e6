#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "core/ctl/body.hpp"
#include "core/ctl/failure.hpp"

namespace sluice::ctl {
namespace {

std::string all_of(std::istream& in) { return {std::istreambuf_iterator<char>(in), {}}; }

/// Echo off for the life of the object.
class Silence {
 public:
  Silence() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Silence() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
};

}  // namespace

std::string read_input(const std::string& file) {
  if (file == "-") return all_of(std::cin);
  std::ifstream in(file, std::ios::binary);
  if (!in) throw usage_error("the file " + file + " cannot be read");
  std::string out = all_of(in);
  // A folder opens, but cannot be read.
  if (in.bad()) throw usage_error("the file " + file + " cannot be read");
  return out;
}

std::string ask_password() {
  if (!isatty(STDIN_FILENO)) throw usage_error("--ask-password needs a terminal; use --password-file");
  std::cerr << "Password of the database: " << std::flush;
  std::string out;
  {
    const Silence silence;
    std::getline(std::cin, out);
  }
  std::cerr << '\n';
  return out;
}

}  // namespace sluice::ctl
