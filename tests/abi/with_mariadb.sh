#!/bin/sh
# with_mariadb.sh CHECKER PLUGIN: runs the conformance suite of the mysql sink against a MariaDB server of its own (in a
# temporary folder, reached by socket only, ended by its process id). 77 = no server is installed.
for tool in mariadbd mariadb-install-db mariadb-admin; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
mariadb-install-db --no-defaults --force --user="$(id -un)" --datadir="$work/data" --auth-root-authentication-method=normal \
  > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --socket="$work/s" --skip-networking \
  --pid-file="$work/pid" > "$work/log" 2>&1 &
server=$!
tries=0
until mariadb-admin --no-defaults --user=root --socket="$work/s" ping > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 200 ] && kill -0 "$server" || { cat "$work/log"; exit 1; }
  sleep 0.3
done
"$1" "$2" --config "{\"host\":\"localhost\",\"user\":\"root\",\"socket\":\"$work/s\"}"
