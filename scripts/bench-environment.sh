#!/usr/bin/env bash
# Make var/bench-venv with the programs that `make bench` compares with, and var/bench-node with Lighthouse; nothing of
# them is used by the product.
set -euo pipefail
cd "$(dirname "$0")/.."

node_lock=benchmarks/package-lock.json
node=var/bench-node
if ! cmp -s "$node_lock" "$node/made-from-lock"; then
  echo "Installing Lighthouse from $node_lock"
  mkdir -p "$node"
  cp benchmarks/package.json "$node_lock" "$node/"
  # npm comes with the locked Python environment. Without Lighthouse only its part is left out.
  if (cd "$node" && PATH="../../.venv/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error); then
    cp "$node_lock" "$node/made-from-lock"
  fi
fi

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
