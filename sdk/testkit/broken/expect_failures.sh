#!/bin/sh
# expect_failures.sh CHECKER PLUGIN "NAMES": runs the conformance suite and compares the names of the checks that
# failed or crashed with NAMES (sorted, separated by blanks; empty = all must pass). $4 narrows to one kind.
output=$("$1" "$2" --config '{"schema":"shop"}' ${4:+--kind "$4"})
failed=$(printf '%s\n' "$output" | awk '$1 == "failed" || $1 == "crashed" { sub(":$", "", $2); print $2 }' | sort -u | tr '\n' ' ' | sed 's/ $//')
if [ "$failed" != "$3" ]; then
  printf '%s\n\nexpected to fail: %s\nfailed:           %s\n' "$output" "$3" "$failed"
  exit 1
fi
