#!/bin/sh
# Starts the server in a container. The variables are those of ClickHouse's image:
#
#   CLICKHOUSE_USER, CLICKHOUSE_PASSWORD        who may come; the user `default` is then gone, unless it is that one
#   CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT=1      he may make other users
#   CLICKHOUSE_DB                               a database that is made at the first start
#   CLICKHOUSE_CONFIG                           the configuration file
#   CLICKHOUSE_INIT_TIMEOUT                     seconds that the first start may take
#   CLICKHOUSE_ALWAYS_RUN_INITDB_SCRIPTS=1      scripts run at every start and not only at the first
#
# Scripts of /docker-entrypoint-initdb.d (*.sh, *.sql, *.sql.gz) run at the first start, in the order of their names.
set -eu

program="${GRISTMILL:-/usr/bin/gristmill}"
config="${CLICKHOUSE_CONFIG:-/etc/clickhouse-server/config.xml}"
data="${CLICKHOUSE_DATA:-/var/lib/clickhouse}"
scripts="${CLICKHOUSE_INITDB:-/docker-entrypoint-initdb.d}"
http_port="${CLICKHOUSE_INIT_HTTP_PORT:-8123}"
tcp_port="${CLICKHOUSE_INIT_TCP_PORT:-9000}"
user="${CLICKHOUSE_USER:-default}"
password="${CLICKHOUSE_PASSWORD:-}"
database="${CLICKHOUSE_DB:-}"
access="${CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT:-0}"

# `docker run image command …` runs the command; options alone are the server's.
case "${1:-}" in
    "" | -*) ;;
    *) exec "$@" ;;
esac

# A text as it must be written between two tags.
escaped() {
    printf '%s' "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'
}

if [ "$user" != default ] || [ -n "$password" ] || [ "$access" != 0 ]; then
    case "$user" in
        *[!A-Za-z0-9_.-]* | [!A-Za-z_]*)
            echo "$0: CLICKHOUSE_USER may have letters, digits, '_', '.' and '-', and begins with a letter" >&2
            exit 1
            ;;
    esac
    folder="$(dirname "$config")/users.d"
    mkdir -p "$folder"
    umask 077
    cat > "$folder/default-user.xml" <<END
<clickhouse>
    <users>
        <default remove="remove"/>
        <$user>
            <profile>default</profile>
            <networks><ip>::/0</ip></networks>
            <password>$(escaped "$password")</password>
            <quota>default</quota>
            <access_management>$access</access_management>
        </$user>
    </users>
</clickhouse>
END
    umask 022
fi

# One request to the server that only this machine reaches, with the query on standard input.
ask() {
    curl -fsS --data-binary @- -H "X-ClickHouse-User: $user" ${password:+-H "X-ClickHouse-Key: $password"} \
        "http://127.0.0.1:$http_port/"
}

# Statements of a file one after another.
run_script() {
    "$program" client --host 127.0.0.1 --port "$tcp_port" --user "$user" --password "$password" \
        ${database:+--database "$database"} --multiquery
}

initialise() {
    RUST_LOG=warn "$program" server --config-file "$config" --listen-host 127.0.0.1 \
        --http-port "$http_port" --tcp-port "$tcp_port" &
    server=$!
    tries="${CLICKHOUSE_INIT_TIMEOUT:-1000}"
    until curl -fsS "http://127.0.0.1:$http_port/ping" > /dev/null 2>&1; do
        tries=$((tries - 1))
        if [ "$tries" -le 0 ] || ! kill -0 "$server" 2> /dev/null; then
            echo "$0: the server does not start" >&2
            exit 1
        fi
        sleep 1
    done
    if [ -n "$database" ]; then
        quoted="$(printf '%s' "$database" | sed -e 's/\\/\\\\/g' -e 's/`/\\`/g')"
        echo "$0: create database '$database'"
        printf 'CREATE DATABASE IF NOT EXISTS `%s`' "$quoted" | ask
    fi
    for script in "$scripts"/*; do
        case "$script" in
            *.sh)
                echo "$0: running $script"
                if [ -x "$script" ]; then "$script"; else . "$script"; fi
                ;;
            *.sql) echo "$0: running $script"; run_script < "$script" ;;
            *.sql.gz) echo "$0: running $script"; gunzip -c "$script" | run_script ;;
            "$scripts/*") ;;
            *) echo "$0: ignoring $script" ;;
        esac
    done
    kill -TERM "$server"
    wait "$server"
}

is_first=1
if [ -e "$data/uuid" ]; then is_first=; fi
if [ -n "$is_first" ] || [ -n "${CLICKHOUSE_ALWAYS_RUN_INITDB_SCRIPTS:-}" ]; then
    if [ -n "$database" ] || [ -n "$(ls -A "$scripts" 2> /dev/null)" ]; then
        initialise
    fi
fi

exec "$program" server --config-file "$config" "$@"
