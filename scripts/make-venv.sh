#!/bin/sh
# make-venv.sh PYTHON FOLDER: make a virtual environment, or say what is missing for one.
set -eu
python=$1
folder=$2

if ! version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); then
    echo "vtnmd needs Python 3.11 or newer and found none. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "vtnmd needs Python 3.11 or newer; $python is $version. Name another with: make PYTHON=/path/to/python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "$python ($version) comes without its venv module. On Debian or Ubuntu: apt-get install python$version-venv" >&2
    exit 1
fi
echo "making $folder with Python $version"
"$python" -m venv "$folder"
