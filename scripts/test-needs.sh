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
need mvn maven "tests of payloads against the YANG modules of the VTN Manager"

if [ -n "$missing" ]; then
    packages=$(printf '%s\n' "$missing" | sed -n 's/:.*//p' | tr '\n' ' ')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "the tests need Debian packages, which are installed now:$missing"
        export DEBIAN_FRONTEND=noninteractive
        # shellcheck disable=SC2086
        { apt-get update -qq && apt-get install -qq --no-install-recommends $packages >/dev/null; } ||
            echo "some packages could not be installed; the tests that need them are skipped"
    else
        echo "these are missing, and the tests that need them are skipped:$missing"
        echo "to run them too, as root on Debian or Ubuntu: apt-get install $packages"
    fi
fi
