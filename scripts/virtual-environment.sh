#!/usr/bin/env bash
# Make .venv from a lock file and install this project into it: virtual-environment.sh requirements.lock
#
# Does nothing when the environment was made from the same lock, at the same place.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=$1
key=$(cat "$lock" pyproject.toml <(pwd -P) | cksum)
stamp=.venv/made-from-$lock

if [[ -f $stamp && $(<"$stamp") == "$key" ]] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi

# The programs in .venv/bin name their interpreter by its full path: a clone that was moved, or a Python that the system
# has replaced, needs a new environment.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1 || ! grep -qsF "$(pwd -P)/.venv/bin/python" .venv/bin/pip; then
  python=$(scripts/find-python.sh)
  rm -rf .venv
  "$python" -m venv .venv
fi
rm -f "$stamp"
echo "Installing the Python packages of $lock"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
install=(.venv/bin/python -m pip install --quiet --no-build-isolation --use-pep517)
# setuptools first: what has no wheel is built with the locked one instead of whichever pip would fetch for itself.
"${install[@]}" --require-hashes -r <(sed -n '/^setuptools==/,/[^\\]$/p' "$lock")
"${install[@]}" --require-hashes -r "$lock"
"${install[@]}" --no-deps -e .
echo "$key" >"$stamp"
