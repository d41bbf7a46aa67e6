// sluicectl: the command-line client of the API; docs/sluicectl.md is its manual.
#include <cstdlib>

#include "core/ctl/run.hpp"

int main(int argc, char** argv) {
  const char* url = std::getenv("SLUICECTL_URL");
  return sluice::ctl::run({argv + 1, argv + argc}, url ? url : "");
}
