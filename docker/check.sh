#!/usr/bin/env bash
# Runs what the Dockerfile says, without a container engine: in a clean Debian root made by debootstrap.
#
#   docker/check.sh PANTILE_BINARY        as root; the binary must run on Debian 12
#
# MIRROR   where debootstrap fetches Debian from (http://deb.debian.org/debian)
# ROOT     where the clean root lies; kept, so that a second run is quick (/var/tmp/pantile-root)
#
# What it shows: the manifests and stubs of the dependency layer are enough for cargo; the final stage's RUN
# lines work; the service starts as the image's user with the image's environment, answers, passes the image's
# HEALTHCHECK, stops on SIGTERM with exit code 0, and still has its rows after a second start.
# What it does not: the engine's own doings (layers, volumes, networks), and building inside the build image.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
file=$here/Dockerfile
binary=$(realpath "${1:?usage: docker/check.sh PANTILE_BINARY}")
root=${ROOT:-/var/tmp/pantile-root}
say() { printf '\n── %s\n' "$*"; }

# Instructions of the Dockerfile, one a line; of the first or of the last stage.
instructions() {
    awk -v want="$1" '/^[[:space:]]*(#|$)/ { next } /^FROM/ { stage++ }
        { line = line $0 } sub(/\\$/, "", line) { next } { if (stage == want) print line; line = "" }' "$file"
}
value() { instructions 2 | sed -n "s/^$1 //p"; }

say "dependency layer: the manifests and stubs are a workspace"
layer=$(mktemp -d)
trap 'rm -rf "$layer"' EXIT
(
    cd "$layer"
    instructions 1 | awk '/^COPY core core/ { exit } { print }' | while read -r verb rest; do
        case $verb in
            COPY) read -ra words <<<"$rest"; mkdir -p "${words[-1]}"
                  for word in "${words[@]::${#words[@]}-1}"; do
                      from=$here/../$word
                      # Of a folder, its content is copied.
                      [ -d "$from" ] && from=$from/.
                      cp -r "$from" "${words[-1]}"
                  done ;;
            # What is installed there is for this machine's owner to install.
            RUN) [[ $rest == apt-get* ]] || bash -euc "${rest%%&& cargo build*}" ;;
        esac
    done
    cargo metadata --locked --format-version 1 >/dev/null
    scripts/protoc --version
)

say "a clean Debian root"
if [ ! -e "$root/etc/debian_version" ]; then
    debootstrap --variant=minbase bookworm "$root" "${MIRROR:-http://deb.debian.org/debian}"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
# The machine's own way to Debian's packages, where it has one.
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
in_root() { chroot "$root" "$@"; }
in_root userdel pantile 2>/dev/null || true
rm -rf "$root/data"

say "the final stage's RUN lines"
instructions 2 | sed -n 's/^RUN //p' | while read -r line; do
    printf '%s\n' "$line"
    in_root /bin/sh -ec "$line"
done
install -m 0755 "$binary" "$root/usr/local/bin/pantile"

say "the service, as the image starts it"
read -ra environment <<<"$(value ENV)"
health=$(instructions 2 | sed -n 's/.*CMD \(\["pantile", "sql".*\)/\1/p')
mapfile -t health < <(python3 -c 'import json,sys; print(*json.loads(sys.argv[1]), sep="\n")' "$health")
# An array and not a function: in the background, $! is then the service itself and not a shell around it.
as_image=(chroot --userspec="$(value USER)" "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin "${environment[@]}")
start() {
    : >"$layer/out"
    "${as_image[@]}" pantile serve --demo >"$layer/out" 2>"$layer/err" &
    server=$!
    for _ in $(seq 300); do
        grep -q '^pantile ready' "$layer/out" && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$layer/out" "$layer/err" >&2
    return 1
}
stop() { kill -TERM "$server"; wait "$server"; }

start
cat "$layer/out"
"${as_image[@]}" "${health[@]}"
"${as_image[@]}" pantile sql --url http://127.0.0.1:8815 -c "CREATE TABLE kept AS SELECT count(*) AS n FROM flights"
[ "$(stat -c %u "$root/data/catalog.db")" = 8815 ]
stop && say "stopped with exit code 0"
start
"${as_image[@]}" pantile sql --url http://127.0.0.1:8815 --format csv -c "SELECT n FROM kept" | grep -qx 336776
stop
say "all steps passed"
