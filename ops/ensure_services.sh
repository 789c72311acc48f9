#!/bin/sh
# Installs and starts what the tests talk to, where it is missing: Chromium with Chinese fonts, PostgreSQL, Redis.
# What is on PATH or running is used as it is. Needs root and apt for what is missing; elsewhere it says so and goes on.
set -u

say() { echo "linli: $*" >&2; }
can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

updated=
install() {
    if ! can_install; then
        say "$* is missing and cannot be installed here (root and apt are needed); its tests will skip."
        return 1
    fi
    [ -n "$updated" ] || { apt-get update -qq && updated=yes; }
    say "installing $* ..."
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

answers() { "$(command -v python3 || echo .venv/bin/python)" - "$1" <<'PY'
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2).close()
except OSError:
    sys.exit(1)
PY
}

wait_for() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do answers "$1" && return 0; sleep 1; done
    say "nothing answers on port $1"
    return 1
}

if ! command -v chromium >/dev/null 2>&1 && ! command -v google-chrome >/dev/null 2>&1; then
    install chromium fonts-noto-cjk
elif can_install && ! fc-list 2>/dev/null | grep -qi "cjk"; then
    install fonts-noto-cjk
fi

if ! answers 5432; then
    command -v pg_ctlcluster >/dev/null 2>&1 || install postgresql
    if command -v pg_ctlcluster >/dev/null 2>&1; then
        version=$(ls /etc/postgresql | sort -n | tail -n 1)
        hba=/etc/postgresql/$version/main/pg_hba.conf
        grep -q "linli tests" "$hba" 2>/dev/null || {
            # tests connect as root over loopback on this machine only
            { echo "host all root 127.0.0.1/32 trust # linli tests"; cat "$hba"; } > "$hba.new" && cat "$hba.new" > "$hba" && rm "$hba.new"
        }
        pg_ctlcluster --skip-systemctl-redirect "$version" main start 2>/dev/null || true
        wait_for 5432
        su postgres -c "psql -qtc \"SELECT 1 FROM pg_roles WHERE rolname='root'\"" | grep -q 1 ||
            su postgres -c "createuser --superuser root"
    fi
fi

if ! answers 6379; then
    command -v redis-server >/dev/null 2>&1 || install redis-server
    command -v redis-server >/dev/null 2>&1 &&
        redis-server --daemonize yes --bind 127.0.0.1 --port 6379 --save "" --appendonly no >/dev/null &&
        wait_for 6379
fi
exit 0
