#!/usr/bin/env bash
# What the locked packages are licensed under, and what is known against them.
#
# Licences are read from the installed packages, without the network. Vulnerabilities are asked of the advisory services
# of PyPI and npm; where those are not reached, this says so and fails: an empty answer would be read as "none known".
set -uo pipefail
cd "$(dirname "$0")/.."

# Licences that oblige whoever changes the program or serves it to more than naming the authors.
refused='GNU Affero;AGPL;SSPL;Business Source;Proprietary;Commercial;UNKNOWN'
ignored='fuchun-map'

echo "== Licences of the Python packages"
.venv/bin/pip-licenses --from=mixed --order=license --ignore-packages $ignored || exit 1
if .venv/bin/pip-licenses --from=mixed --format=csv --ignore-packages $ignored | grep -E "${refused//;/|}"; then
  echo "The packages above need a decision (docs/security.md)." >&2
  exit 1
fi

echo "== Known vulnerabilities of requirements.lock"
unasked=0
if ! answer=$(.venv/bin/pip-audit --disable-pip --require-hashes -r requirements.lock 2>&1); then
  echo "$answer"
  unasked=1
elif grep -q "could not be audited" <<<"$answer"; then
  echo "$answer" | tail -5
  echo "The advisory service does not know these packages: run this where pypi.org itself is reached." >&2
  unasked=1
else
  echo "$answer"
fi

echo "== Known vulnerabilities of package-lock.json"
PATH="$PWD/.venv/bin:$PATH" .venv/bin/npm audit --omit=dev || unasked=1

exit "$unasked"
