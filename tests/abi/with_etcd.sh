#!/usr/bin/env bash
# with_etcd.sh CHECKER PLUGIN: runs the conformance suite of the etcd store against an etcd of its own (in a temporary
# folder, on loopback, ended by its process id). Every check has keys of its own. 77 = no etcd is installed.
command -v etcd >/dev/null || { echo "skipped: etcd is not installed"; exit 77; }
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT

# Starts etcd on two ports; false when one of them is taken.
start() { # CLIENT_PORT PEER_PORT
  rm -rf "$work/data"
  etcd --data-dir="$work/data" --listen-client-urls="http://127.0.0.1:$1" --advertise-client-urls="http://127.0.0.1:$1" \
    --listen-peer-urls="http://127.0.0.1:$2" --initial-advertise-peer-urls="http://127.0.0.1:$2" \
    --initial-cluster="default=http://127.0.0.1:$2" --unsafe-no-fsync >"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || { wait "$server"; server=; return 1; }
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
    sleep 0.1
  done
  return 1
}

for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 10000))
  start "$port" $((port + 1)) && break
done
[ -n "$server" ] || { cat "$work/log"; exit 1; }
"$1" "$2" --config "{\"endpoints\":[\"http://127.0.0.1:$port\"],\"prefix\":\"{tmp}\"}"
