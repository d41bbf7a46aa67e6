#!/usr/bin/env bash
# Compiles the plugins of docs/plugins.md as they stand there and runs the conformance suite on them.
#   guide.sh SOURCE_DIR COMPILER SLUICE_PLUGIN_CHECK
set -euo pipefail
source_dir=$1 compiler=$2 check=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
awk '/^```cpp$/ { n++; inside = 1; next } /^```$/ { inside = 0 } inside { print > ("plugin" n ".cpp") }' \
  "$source_dir/docs/plugins.md"
configs=('{"column":"tenant","value":1}' '{"file":"{tmp}/out"}')
for n in 1 2; do
  "$compiler" -std=c++20 -Wall -Wextra -Wpedantic -Werror -fPIC -shared -fvisibility=hidden \
    -I"$source_dir/sdk/include" -Wl,--version-script="$source_dir/cmake/plugin.version" "plugin$n.cpp" -o "plugin$n.so"
  "$check" "$PWD/plugin$n.so" --config "${configs[$((n - 1))]}"
done
