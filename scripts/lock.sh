#!/bin/sh
# lock.sh PYTHON: write requirements-dev.lock anew, with the newest versions that pyproject.toml allows.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" -m venv "$folder"
"$folder/bin/pip" install --quiet --upgrade pip
"$folder/bin/pip" install --quiet . --group dev
{
    echo "# Versions that vtnmd is developed and tested with. Made by: make lock"
    "$folder/bin/pip" freeze --exclude vtnmd
} >requirements-dev.lock
