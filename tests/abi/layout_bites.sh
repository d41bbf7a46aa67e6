#!/usr/bin/env bash
# The layout check notices what it is there for: a field that moved, one that grew, one without a line.
#   layout_bites.sh LAYOUT_TOOL INCLUDE_DIR LAYOUT C_COMPILER
set -euo pipefail
tool=$1 include=$2 layout=$3 compiler=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# verdict SED_SCRIPT: what the check says about a changed base.h
verdict() {
  rm -rf "$folder/include"
  cp -r "$include" "$folder/include"
  sed -i "$1" "$folder/include/sluice/abi/base.h"
  "$tool" "$folder/check.c" "$folder/include/sluice/abi" "$layout"
  "$compiler" -std=c11 -I"$folder/include" "$folder/check.c" -o "$folder/check"
  "$folder/check" 2>&1 || true
}
expect() {
  grep -qF "$2" <<<"$1" || { printf 'expected: %s\nfound:\n%s\n' "$2" "$1"; exit 1; }
}

grep -q ' promised ' <<<"$(verdict '')" && { echo "the headers as they are fail"; exit 1; }
moved=$(verdict 's/^} sluice_arena;/  uint64_t extra;\n} sluice_arena;/')
expect "$moved" "sluice_arena.extra has no line in layout.txt"
moved=$(verdict 's/^typedef struct sluice_writer {/&\n  uint64_t first;/')
expect "$moved" "offset of sluice_writer.struct_size (since 1.0): 8, promised 0"
moved=$(verdict 's/^typedef struct sluice_str {/&\n  uint64_t first;/')
expect "$moved" "sizeof sluice_str"
