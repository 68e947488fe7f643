#!/usr/bin/env bash
# Makes the virtual environment and installs what is missing: tools/setup.sh run | dev
#
#   run   what the program needs
#   dev   what its tests and checks need as well, system packages included
#
# Only what is missing is installed, and only again when pyproject.toml has changed. Packages of the system are
# installed by root on Debian; everybody else is told the one line that does it.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-run}
python=${PYTHON:-python3}
venv=.venv

on_debian() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || echo "$package"
  done
}

# system_packages must|may WHY PACKAGE...   without a 'must' package we cannot go on
system_packages() {
  local need=$1 why=$2
  shift 2
  if ! on_debian; then
    echo "Not on Debian: install $why yourself (there called: $*)." >&2
    [ "$need" = may ] && return 0 || return 1
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -eq 0 ]; then
    echo "Installing $why: ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    return 0
  fi
  echo "Missing: $why. This line installs it:  sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  [ "$need" = may ] && return 0 || return 1
}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Python 3.11 or newer is needed; $python is not. Name another one:  make PYTHON=python3.12 ..." >&2
  exit 1
fi

if ! "$venv/bin/python" -c '' 2>/dev/null || [ ! -x "$venv/bin/pip" ]; then
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    system_packages must "Python's virtual environments" \
      "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  fi
  rm -rf "$venv"
  "$python" -m venv "$venv"
fi

# The fingerprint also holds the path: an editable installation points to where it was made.
fingerprint=$({ cat pyproject.toml; pwd; } | sha256sum | cut -d' ' -f1)

# installed EXTRAS...   true when one of these was installed from this very pyproject.toml
installed() {
  local extra
  for extra in "$@"; do
    [ "$(cat "$venv/.silang-$extra" 2>/dev/null || true)" = "$fingerprint" ] && return 0
  done
  return 1
}

case $what in
  run)
    if ! installed run dev; then
      echo "Installing Silang into $venv ..." >&2
      "$venv/bin/pip" install --disable-pip-version-check --quiet --editable .
      echo "$fingerprint" >"$venv/.silang-run"
    fi
    ;;
  dev)
    if ! installed dev; then
      echo "Installing Silang and its tests into $venv ..." >&2
      "$venv/bin/pip" install --disable-pip-version-check --quiet --editable '.[dev]'
      echo "$fingerprint" >"$venv/.silang-dev"
    fi
    system_packages may "a browser for the browser tests" chromium fonts-dejavu-core
    system_packages may "PostgreSQL for the store tests" postgresql
    system_packages may "catalogue servers and harvesters from other hands" libcatmandu-perl libcatmandu-oai-perl \
      libdancer-perl libdancer-plugin-catmandu-oai-perl libhttp-oai-perl
    system_packages may "search clients from other hands" yaz libyaz5 php-cli php-xml
    system_packages may "catalogues from other hands to search live" libyaz-dev idzebra-2.0-utils idzebra-2.0-common \
      libidzebra-2.0-modules idzebra-2.0-examples
    ;;
  *)
    echo "usage: tools/setup.sh run | dev" >&2
    exit 2
    ;;
esac
