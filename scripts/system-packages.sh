#!/usr/bin/env bash
# Install what the program needs from the system: system-packages.sh python|run|test|soak
#
# Asks for what is missing, not for packages, so that PostGIS from another source or a machine prepared by an
# administrator will do. Packages are installed on Debian and Ubuntu only, as root or with sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

level=$1
packages=()
optional=()

scripts/find-python.sh >/dev/null 2>&1 || packages+=(python3 python3-venv)

# A given server makes a local one needless.
has_postgis() {
  [[ -n ${DATABASE_URL:-} ]] || { compgen -G '/usr/lib/postgresql/*/bin/initdb' && compgen -G '/usr/lib/postgresql/*/lib/postgis-3.so'; } >/dev/null
}

has_chinese_font() {
  if command -v fc-list >/dev/null; then [[ -n $(fc-list :lang=zh family) ]]; else [[ -d /usr/share/fonts/opentype/noto ]]; fi
}

# Reports and posters embed a font file (webmap/logic/fonts.py); pages are drawn with whatever Chinese font there is.
has_print_font() {
  [[ -n ${FUCHUN_FONT:-} ]] || compgen -G '/usr/share/fonts/*/wqy*/wqy-microhei.ttc' >/dev/null || compgen -G '/usr/share/fonts/*/wqy-microhei.ttc' >/dev/null
}

has_chromium() {
  command -v chromium-headless-shell chromium chromium-browser google-chrome >/dev/null
}

if [[ $level != python ]]; then
  has_postgis || packages+=(postgresql-postgis)
  has_chinese_font || optional+=(fonts-noto-cjk)
  has_print_font || optional+=(fonts-wqy-microhei)
fi
# Some of the long tests set the clock.
if [[ $level == soak ]] && ! compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; then
  optional+=(faketime)
fi
if [[ $level == test || $level == soak ]] && ! has_chromium; then
  if grep -qs '^ID=ubuntu' /etc/os-release; then
    echo "Browser tests need Chromium, which Ubuntu has only as a snap: install Google Chrome." >&2
  else
    optional+=(chromium-headless-shell)
  fi
fi

((${#packages[@]} + ${#optional[@]})) || exit 0

if ! command -v apt-get >/dev/null; then
  if [[ " ${packages[*]-} " == *" python3 "* ]]; then
    echo "Python 3.11 or newer with its venv module is needed: Fedora: sudo dnf install python3; macOS: brew install python." >&2
    exit 1
  fi
  # Without apt we do not know where PostGIS lies; the program looks in more places and says what to install.
  exit 0
fi

if ((EUID == 0)); then
  as_root=()
elif command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
  as_root=(sudo)
elif ((${#packages[@]})); then
  echo "Missing, and neither root nor sudo to install it: ask an administrator for: apt-get install ${packages[*]} ${optional[*]}" >&2
  exit 1
else
  echo "Going on without ${optional[*]}: neither root nor sudo to install it." >&2
  exit 0
fi

echo "Installing ${packages[*]} ${optional[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q

# The server package would make and start a cluster for the whole machine; ours is private. Where PostgreSQL is
# installed already, its administrator has decided.
no_cluster=/etc/postgresql-common/createcluster.d/fuchun.conf
if [[ " ${packages[*]} " == *" postgresql-postgis "* ]] && ! dpkg-query -W postgresql-common >/dev/null 2>&1; then
  trap '"${as_root[@]}" rm -f "$no_cluster"' EXIT
  "${as_root[@]}" mkdir -p "${no_cluster%/*}"
  echo "create_main_cluster = false" | "${as_root[@]}" tee "$no_cluster" >/dev/null
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}" "${optional[@]}"
