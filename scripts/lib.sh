# Sourced by the other scripts; bash only.
set -euo pipefail
SLUICE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$SLUICE_ROOT"

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }
die() { complain "$*"; exit 1; }

# Where the real MySQL 5.6 server of the tests is unpacked.
mysql56_home() { printf '%s\n' "${SLUICE_MYSQL56:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice/mysql-5.6}"; }

processors() { nproc 2>/dev/null || echo 2; }

# Where the page at /api/v1/docs comes from; cmake/swagger_ui.cmake takes it from there.
swagger_ui_home() { printf '%s\n' "${SLUICE_SWAGGER_UI:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice/swagger-ui}"; }
