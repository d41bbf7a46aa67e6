# Sourced by run: throw-away MariaDB servers, sluiced, and the REST calls that drive it.

pids=()
declare -A port_of

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
  local port
  until port=$((20000 + RANDOM % 12000)) && port_is_free "$port"; do :; done
  echo "$port"
}

wait_until() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || die "Waited in vain: $what"
    sleep 0.1
  done
}

# The same settings for all: what is compared is the way the rows take, not how durable their target is.
start_server() { # NAME SERVER_ID
  local data=$folder/$1 port
  port=$(free_port)
  port_of[$1]=$port
  mariadb-install-db --no-defaults --datadir="$data" --skip-test-db --force --auth-root-authentication-method=normal \
    --user="$(id -un)" >"$folder/$1-install.log" 2>&1 || { cat "$folder/$1-install.log" >&2; die "mariadb-install-db failed"; }
  mariadbd --no-defaults --datadir="$data" --socket="$folder/$1.sock" --port="$port" --bind-address=127.0.0.1 \
    --skip-name-resolve --user="$(id -un)" --server-id="$2" --log-bin=mysql-bin --binlog-format=ROW \
    --log-slave-updates --sync-binlog=0 --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=256M \
    --innodb-log-file-size=256M --max-allowed-packet=64M --skip-slave-start >"$folder/$1.log" 2>&1 &
  pids+=($!)
  local client=(mariadb --no-defaults --socket="$folder/$1.sock" --user=root)
  server_answers() { "${client[@]}" -e 'SELECT 1' >/dev/null 2>&1; }
  wait_until 60 "the start of MariaDB, see $folder/$1.log" server_answers
  "${client[@]}" -e "GRANT ALL ON *.* TO bench@'127.0.0.1' IDENTIFIED BY '$password' WITH GRANT OPTION"
}

address() { printf -- '--host=127.0.0.1 --port=%s --user=bench' "${port_of[$1]}"; }
sql() { # SERVER [CLIENT OPTION...]: statements on stdin
  local server=$1
  shift
  # shellcheck disable=SC2046
  MYSQL_PWD=$password mariadb --no-defaults $(address "$server") --batch --skip-column-names "$@"
}
query() { # SERVER STATEMENT
  echo "$2" | sql "$1"
}
position() { query source 'SHOW MASTER STATUS' | awk '{print $1, $2}'; }

# Waits until no server has anything left to write: otherwise the next one measured pays for the one before.
settle() {
  local server
  for server in source ours theirs dumped; do
    query "$server" 'SET GLOBAL innodb_io_capacity_max = 20000, innodb_io_capacity = 20000, innodb_max_dirty_pages_pct = 0'
  done
  all_clean() {
    local n
    for server in source ours theirs dumped; do
      n=$(query "$server" "SHOW STATUS LIKE 'Innodb_buffer_pool_pages_dirty'" | awk '{print $2}')
      [ "$n" -lt 50 ] || return 1
    done
  }
  wait_until 120 "the servers to write their pages" all_clean
  for server in source ours theirs dumped; do
    query "$server" 'SET GLOBAL innodb_io_capacity = 200, innodb_io_capacity_max = 2000, innodb_max_dirty_pages_pct = 90'
  done
}

# Returns as soon as the server has the table: one session asks, so that waiting costs next to nothing.
wait_for_table() { # SERVER TABLE SECONDS
  local answer
  answer=$(sql "$1" <<SQL
DELIMITER //
BEGIN NOT ATOMIC
  DECLARE tries INT DEFAULT $3 * 20;
  WHILE tries > 0 AND NOT EXISTS (SELECT 1 FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = 'bench' AND TABLE_NAME = '$2') DO
    DO SLEEP(0.05);
    SET tries = tries - 1;
  END WHILE;
  SELECT tries > 0;
END//
SQL
  )
  [ "$answer" = 1 ]
}

checksums() { # SERVER
  local table
  for table in "${tables[@]}"; do echo "CHECKSUM TABLE bench.$table; SELECT COUNT(*) FROM bench.$table;"; done | sql "$1"
}
verify() { # SERVER WHAT: dies unless the server has the rows of the source ($expected)
  local found
  found=$(checksums "$1") || die "$2: the tables cannot be compared"
  [ "$found" = "$expected" ] || die "$2: the rows differ from the source's; nothing is measured of a broken run
$(diff <(echo "$expected") <(echo "$found"))"
}

# ---- sluiced ----

start_sluiced() {
  local port
  port=$(free_port)
  url=http://127.0.0.1:$port/api/v1
  cat >"$folder/sluiced.toml" <<TOML
name = "bench"
openapi = true
[plugins]
path = ["$build/plugins"]
[store]
plugin = "sqlite"
file = "$folder/sluice.db"
[[transport]]
plugin = "http"
listen = "127.0.0.1:$port"
TOML
  (cd "$folder" && exec "$build/bin/sluiced" --config="$folder/sluiced.toml" >"$folder/sluiced.log" 2>&1) &
  sluiced=$!
  pids=("$sluiced" "${pids[@]}")
  sluiced_answers() { curl -sf "$url/sources" >/dev/null 2>&1; }
  wait_until 30 "the API of sluiced, see $folder/sluiced.log" sluiced_answers
  api POST /sources '{"source_name": "bench", "host": "127.0.0.1", "port": '"${port_of[source]}"', "user": "bench",
    "password": "'"$password"'", "enable": true}'
}

api() { # METHOD PATH [JSON]
  local reply status
  reply=$(curl -sS -X "$1" "$url$2" -H 'Content-Type: application/json' -d "${3:-}" -w '\n%{http_code}') ||
    die "sluiced does not answer; see $folder/sluiced.log"
  status=${reply##*$'\n'}
  [ "${status:0:1}" = 2 ] || die "$1 $2: $reply"
}

create_task() { # NAME MODE TARGET MEMBERS
  api POST /tasks '{"task": {"name": "'"$1"'", "task_mode": "'"$2"'", "meta_schema": "meta_'"$1"'", "on_duplicate": "error",
    "enhance_online_schema_change": true,
    "target_config": {"host": "127.0.0.1", "port": '"${port_of[$3]}"', "user": "bench", "password": "'"$password"'"},
    "table_migrate_rule": [{"source": {"source_name": "bench", "schema": "bench", "table": "*"}}], '"$4"'}}'
}

stage_is() { # TASK STAGE
  local reply
  reply=$(curl -sS "$url/tasks/$1/status" | jq -r '.data[0] | .stage + " " + (.error_msg // "")')
  [ -z "${reply#* }" ] || die "The task $1 has failed: $reply"
  [ "${reply%% *}" = "$2" ]
}

# The kernel's high-water mark of resident memory, in MB, from reset_peak on.
reset_peak() { echo 5 >"/proc/$sluiced/clear_refs"; }
peak_rss() { awk '/^VmHWM/ {printf "%.0f", $2 / 1024}' "/proc/$sluiced/status"; }
