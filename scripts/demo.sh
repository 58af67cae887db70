#!/bin/sh
# The demonstration behind `make demo`: two simulated regions, one service over both. Stops the lab whatever happens.
set -eu
cd "$(dirname "$0")/.."
export VTNMD_STATE=.vtnmd/demo
service=examples/global-shop
inventory=examples/global-shop/inventory.yaml

if .venv/bin/vtnmd lab status >/dev/null 2>&1; then
    echo "a lab is running already; stop it first: .venv/bin/vtnmd lab down" >&2
    exit 1
fi
trap '.venv/bin/vtnmd lab down' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
rm -rf "$VTNMD_STATE"

show() { # run a command as a user would type it
    printf '\n$ vtnmd %s\n' "$*"
    .venv/bin/vtnmd "$@"
}

show lab up
show validate $service -I $inventory
show plan $service -I $inventory
show apply $service -I $inventory --yes
show probe global-shop
show apply $service -I $inventory --yes
.venv/bin/vtnmd plan $service -I $inventory --detailed-exitcode >/dev/null
printf '\n'
