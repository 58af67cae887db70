#!/bin/sh
# Sees to what the tests need beside Python. Says what it installs before it does; where it may not install, says what is skipped.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

missing=""
need() { # PROGRAM PACKAGE WHY
    command -v "$1" >/dev/null 2>&1 || missing="$missing
$2: $3"
}
need netconfd netconfd "tests of the NETCONF driver against a real NETCONF server"
need sshd openssh-server "the SSH side of that server"
need yangcli yangcli "tests of the NETCONF northbound with a client that others wrote"
need mvn maven "tests of payloads against the YANG modules of the VTN Manager"
need chromium chromium "tests of the page that shows a service, in a real browser"
need_server() { # Debian keeps the programs of the server in a folder for each version
    for program in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$program" ] && return
    done
    need initdb postgresql "tests of state on PostgreSQL, and of workers on it"
}
need_server

if [ -n "$missing" ]; then
    packages=$(printf '%s\n' "$missing" | sed -n 's/:.*//p' | tr '\n' ' ')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "the tests need Debian packages, which are installed now:$missing"
        export DEBIAN_FRONTEND=noninteractive
        case $packages in
            *postgresql*) # the tests start servers of their own; the package shall make and start none
                mkdir -p /etc/postgresql-common/createcluster.d
                echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/vtnmd-tests.conf
                ;;
        esac
        # shellcheck disable=SC2086
        { apt-get update -qq && apt-get install -qq --no-install-recommends $packages >/dev/null; } ||
            echo "some packages could not be installed; the tests that need them are skipped"
    else
        echo "these are missing, and the tests that need them are skipped:$missing"
        echo "to run them too, as root on Debian or Ubuntu: apt-get install $packages"
    fi
fi
