#!/usr/bin/env bash
# Print the first Python from 3.11 on that can make a virtual environment.
set -euo pipefail

for python in python3 python3.14 python3.13 python3.12 python3.11; do
  if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    command -v "$python"
    exit 0
  fi
done
echo "Python 3.11 or newer with its venv module is needed; this machine has $(python3 --version 2>/dev/null || echo none)." \
  "On an older Ubuntu: sudo apt install python3.11-venv." >&2
exit 1
