#!/usr/bin/env bash
# Make var/bench-venv with the programs that `make bench` compares with; nothing of it is used by the product.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=benchmarks/requirements.lock
environment=var/bench-venv
key=$(cat "$lock" <(pwd -P) | cksum)
stamp=$environment/made-from-lock

if [[ -f $stamp && $(<"$stamp") == "$key" ]]; then
  exit 0
fi
echo "Installing the programs of $lock"
rm -rf "$environment"
mkdir -p var
"$(scripts/find-python.sh)" -m venv "$environment"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
"$environment/bin/python" -m pip install --quiet --only-binary :all: --require-hashes -r "$lock"
echo "$key" >"$stamp"
