# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The platform of the machine itself.

# The floor. tests and sources may use these versions and nothing newer.
native_modules=(
  'glib-2.0 >= 2.84' 'gtk4 >= 4.18' 'libadwaita-1 >= 1.7' 'libsoup-3.0 >= 3.6' 'json-glib-1.0 >= 1.10'
  'libsecret-1 >= 0.21' 'sqlite3 >= 3.46' 'libdex-1 >= 0.10'
)
native_programs=(cc meson ninja msgfmt blueprint-compiler glib-compile-schemas dbus-run-session Xvfb)

native_packages () {
  local files=("$tools/packages.txt")
  [ "$variant" = base ] || files+=("$tools/packages-$variant.txt")
  sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "${files[@]}"
}

# One missing requirement a line.
native_missing () {
  local module program
  for module in "${native_modules[@]}"; do
    pkg-config --exists "$module" 2>/dev/null || echo "$module"
  done
  for program in "${native_programs[@]}"; do
    command -v "$program" >/dev/null || echo "$program"
  done
}

native_has () { [ -z "$(native_missing)" ]; }

# Whether apt offers the libraries in versions that suffice (Debian 13, Ubuntu 25.04 and newer).
native_can_install () {
  command -v apt-cache >/dev/null || return 1
  local wanted package version
  for wanted in libgtk-4-dev=4.18 libadwaita-1-dev=1.7 libdex-dev=0.10 libglib2.0-dev=2.84; do
    package=${wanted%=*}
    version=$(LC_ALL=C apt-cache policy "$package" 2>/dev/null | sed -n 's/^ *Candidate: //p')
    [ -n "$version" ] && [ "$version" != '(none)' ] || return 1
    dpkg --compare-versions "$version" ge "${wanted#*=}" || return 1
  done
}

# Run as root: directly, or through sudo, which asks.
as_root () {
  if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "this needs root, and there is no sudo. As root, run: $*"
  sudo -- "$@"
}

# apt_install WHY PACKAGE…: installs what is missing, after saying so.
apt_install () {
  local why=$1 package missing=()
  shift
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = 'ii ' ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "$why needs these Debian packages, and there is no apt here: ${missing[*]}"
  say "$why needs packages that are not installed: ${missing[*]}"
  say "installing them with apt-get, as root; nothing else on the machine is changed."
  # A machine whose package lists are empty or old learns the present ones first.
  apt-cache show "${missing[@]}" > /dev/null 2>&1 || as_root apt-get update -q >&2
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2; then
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
  fi
}

native_setup () {
  local extra=() missing
  if [ "$variant" != base ] && command -v apt-get >/dev/null; then
    mapfile -t extra < <(native_packages)
    apt_install "\"$variant\"" "${extra[@]}"
  fi
  native_has && return
  if native_can_install; then
    mapfile -t extra < <(native_packages)
    apt_install "the GNOME platform" "${extra[@]}"
  fi
  missing=$(native_missing)
  [ -z "$missing" ] || die "the machine still misses: ${missing//$'\n'/, }. Install it, or set REGIE_PLATFORM=root."
}

native_enter () { exec "$@"; }

native_status () {
  if native_has; then
    echo "native: this machine has the platform."
  else
    echo "native: apt will install what is missing: $(native_missing | tr '\n' ',' | sed 's/,$//; s/,/, /g')."
  fi
}
