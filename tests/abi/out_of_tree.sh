#!/bin/sh
# out_of_tree.sh BUILD_DIR CMAKE GENERATOR [CXX C FLAGS]: installs the SDK to a temporary folder, builds every example
# against it as a stranger would, and runs the conformance suite on each. 77 = no such compiler.
set -e
build=$1 cmake=$2 generator=$3 cxx=${4:-c++} cc=${5:-cc} flags=$6
command -v "$cxx" >/dev/null || { echo "skipped: $cxx is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "$flags" ]; then
  echo 'int main() {}' > "$work/try.cpp"
  "$cxx" $flags "$work/try.cpp" -o "$work/try" 2>/dev/null || { echo "skipped: $cxx $flags does not work here"; exit 77; }
fi
"$cmake" --install "$build" --component sdk --prefix "$work/sdk" > "$work/log"
for example in "$work"/sdk/share/sluice-sdk/examples/*/; do
  name=$(basename "$example")
  "$cmake" -S "$example" -B "$work/$name" -G "$generator" -DCMAKE_PREFIX_PATH="$work/sdk" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_FLAGS="$flags -Wall -Wextra -Wpedantic -Werror" \
    -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Werror" -DCMAKE_BUILD_TYPE=Debug > "$work/log" || { cat "$work/log"; exit 1; }
  "$cmake" --build "$work/$name" > "$work/log" || { cat "$work/log"; exit 1; }
  (cd "$work/$name" && ctest -V | grep '^1: ') || { echo "$name does not keep the contract"; exit 1; }
done
