#!/bin/sh
# headers.sh INCLUDE_DIR COMPILER...: every header compiles alone, without warnings. 77 = no such compiler.
include=$1
shift
command -v "$1" >/dev/null || { echo "skipped: $1 is not installed"; exit 77; }
bad=0
for header in "$include"/sluice/*/*.h "$include"/sluice/*/*.hpp; do
  name=${header#"$include"/}
  printf '#include "%s"\n#include "%s"\nint main() {}\n' "$name" "$name" |
    "$@" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -I"$include" -x c++ - ||
    { echo "$name does not compile alone"; bad=1; }
done
exit $bad
