# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The private root: built once by mmdebstrap, kept under the user's cache, named after its package list.

recipe=2 # raise it when the way the root is made changes

root_cache () {
  local base=${XDG_CACHE_HOME:-${HOME:-}/.cache}
  case $base in /.cache|'') die "HOME is not set; set it, or XDG_CACHE_HOME." ;; esac
  mkdir -p "$base/regie" 2>/dev/null && [ -w "$base/regie" ] || die "cannot write to $base/regie; set XDG_CACHE_HOME to a folder that can hold 2 GB."
  echo "$base/regie"
}

root_key () {
  { echo "$recipe $suite $(dpkg --print-architecture 2>/dev/null || uname -m)"; native_packages | LC_ALL=C sort; } | sha256sum | cut -c 1-12
}

root_path () { echo "$(root_cache)/root-$variant-$(root_key)"; }

# Removes a tree: unmounts what a killed build left in it; folders without write permission are no obstacle.
root_remove () {
  local mounted
  [ -e "$1" ] || return 0
  [ "$(id -u)" -eq 0 ] || chmod -R u+rwX "$1" 2>/dev/null || true
  awk -v at="$1/" 'index ($5, at) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mounted; do umount -l "$mounted" || true; done
  if awk -v at="$1/" 'index ($5, at) == 1 { exit 1 }' /proc/self/mountinfo; then
    rm -rf --one-file-system -- "$1"
  else
    die "something is still mounted below $1; not removed."
  fi
}

# Whether some process still lives in that root (an engine left to work on, say).
root_in_use () { grep -qsF -- "/${1##*/}" /proc/[0-9]*/mountinfo; }

root_remove_old () {
  local old
  for old in "$1"/root-"$variant"-????????????; do
    [ "$old" = "$2" ] && continue
    if root_in_use "$old"; then say "keeping ${old##*/}: a program still runs in it."; else root_remove "$old"; fi
  done
}

# The Debian mirrors of this machine, as apt itself reads them (both source formats): prints "BASE SUITE" lines.
root_apt_sources () {
  apt-get update --print-uris 2>/dev/null | sed -nE "s#^'([^']+)/dists/([^']+)/(In)?Release' .*#\1 \2#p" | sort -u
}

root_serves () { # BASE SUITE: whether that mirror has that release
  local got
  got=$(mktemp "${TMPDIR:-/tmp}/regie-release.XXXXXX")
  if /usr/lib/apt/apt-helper download-file "$1/dists/$2/InRelease" "$got" >/dev/null 2>&1; then rm -f "$got"; else rm -f "$got"; return 1; fi
}

# Writes the sources of the root: the machine's own mirror, with updates and security where they are served too.
root_sources () {
  local base name main='' security=''
  if [ -n "${REGIE_MIRROR:-}" ]; then
    main=${REGIE_MIRROR%/}
  else
    while read -r base name; do
      case $name in
        *-security|*/updates) security=$base ;;
        *-*) ;;
        *) if [ -z "$main" ] && root_serves "$base" "$suite"; then main=$base; fi ;;
      esac
    done < <(root_apt_sources)
  fi
  [ -n "$main" ] || die "apt on this machine names no mirror that serves Debian $suite. Set REGIE_MIRROR to the address of one."
  echo "deb $main $suite main"
  if root_serves "$main" "$suite-updates"; then echo "deb $main $suite-updates main"; fi
  if [ -n "$security" ] && root_serves "$security" "$suite-security"; then echo "deb $security $suite-security main"; fi
}

# Settings for an apt that works in the folder $1 only, reaching the net as the machine's apt does (proxies and so on).
root_apt_conf () {
  mkdir -p "$1"/{etc/apt/{apt.conf.d,preferences.d,sources.list.d},state/lists/partial,archives/partial}
  : > "$1/status"
  root_acquire > "$1/acquire.conf"
  cat > "$1/apt.conf" <<TXT
Dir::Etc "$1/etc/apt";
Dir::Etc::Trusted "/usr/share/keyrings/debian-archive-keyring.gpg";
Dir::State "$1/state";
Dir::State::status "$1/status";
Dir::Cache "$1";
Dir::Cache::archives "$1/archives";
APT::Sandbox::User "";
APT::Install-Recommends "false";
Acquire::Languages "none";
TXT
  cat "$1/acquire.conf" >> "$1/apt.conf"
}

root_acquire () {
  apt-config dump --format '%F "%v";%n' Acquire |
    grep -E '^Acquire::(http|https|ftp|Check-Valid-Until|Check-Date|Max-ValidTime|Retries|ForceIPv[46])' | grep -v ' "";$' || true
}

# Shows how far a long step is: progress LABEL PID COMMAND-THAT-PRINTS-WHERE-IT-IS…
progress () {
  local label=$1 pid=$2 shown=0 text
  shift 2
  while kill -0 "$pid" 2>/dev/null; do
    text=$("$@" 2>/dev/null || true)
    if [ -t 2 ]; then printf '\r\033[Kplatform: %s %s' "$label" "$text" >&2
    elif [ $((SECONDS - shown)) -ge 20 ]; then say "$label $text"; shown=$SECONDS; fi
    sleep 1
  done
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
  wait "$pid"
}

downloaded () { du -sm "$1/archives" | awk -v of="$2" '{ print $1 " of " of " MB" }'; }
unpacked () { awk -v of="$2" '/^Setting up /{ n++ } /^Unpacking /{ u++ } END { printf "%d of %d packages unpacked, %d set up", (u < of ? u : of), of, (n < of ? n : of) }' "$1"; }

# Fetches every package into the folder $1; what an interrupted build fetched is found again.
root_download () {
  local dl=$1 packages size
  mapfile -t packages < <(native_packages)
  root_apt_conf "$dl"
  say "1/3 reading the package lists of Debian $suite"
  root_sources > "$dl/etc/apt/sources.list"
  APT_CONFIG=$dl/apt.conf apt-get -q update > "$dl/log" 2>&1 || { tail -n 5 "$dl/log" >&2; die "the package lists could not be read; see $dl/log."; }
  set -- '?essential' apt "${packages[@]}"
  size=$(APT_CONFIG=$dl/apt.conf LC_ALL=C apt-get -q --print-uris -y install "$@" 2>"$dl/log" |
    awk "/^'/ { n++; bytes += \$3 } END { print int (bytes / 1e6 + 1), n }") || { cat "$dl/log" >&2; die "the package list does not fit this mirror."; }
  # apt leaves out of the addresses what is already there.
  : "${size:=0 0}"
  APT_CONFIG=$dl/apt.conf setsid apt-get -q -y --download-only install "$@" > "$dl/log" 2>&1 &
  building=$!
  progress "2/3 downloading" "$building" downloaded "$dl" "$(( ${size%% *} + $(du -sm "$dl/archives" | cut -f 1) ))" ||
    { tail -n 5 "$dl/log" >&2; die "the download stopped; run the same command again, it goes on from here."; }
  count=$(find "$dl/archives" -name '*.deb' | wc -l)
}

# Locales, fonts, name service and identity that every user of the root shares; $1 in the hook is the root.
# GNOME's own font is Adwaita Sans, which Debian lacks: Inter, which it is made from, stands in for it.
root_hook () {
  cat <<'TXT'
set -eu
for locale in en_US.UTF-8 fr_FR.UTF-8 $REGIE_LOCALE; do
  if grep -qs "^$locale UTF-8" "$1/usr/share/i18n/SUPPORTED"; then echo "$locale UTF-8"; fi
done | sort -u > "$1/etc/locale.gen"
chroot "$1" locale-gen > /dev/null
chroot "$1" dbus-uuidgen > "$1/etc/machine-id"
mkdir -p "$1/etc/gtk-4.0"
printf '[Settings]\ngtk-font-name=Adwaita Sans 11\n' > "$1/etc/gtk-4.0/settings.ini"
cat > "$1/etc/fonts/conf.d/59-gnome.conf" << XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <alias binding="same"><family>Adwaita Sans</family><prefer><family>Inter</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
</fontconfig>
XML
rm -f "$1/etc/resolv.conf" "$1/etc/hosts" "$1"/var/cache/apt/archives/*.deb "$1"/var/cache/apt/*.bin
: > "$1/etc/resolv.conf"
: > "$1/etc/hosts"
TXT
}

root_install () { # DOWNLOADS NEW-ROOT
  local dl=$1 new=$2 packages options apart=() mode=root
  packages=$(native_packages | paste -sd ,)
  root_hook > "$dl/hook"
  [ "$(id -u)" -eq 0 ] || mode=unshare
  options=(
    --mode="$mode" --variant=minbase --format="$([ "$mode" = root ] && echo directory || echo tar)"
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg --include="$packages" --verbose
    --aptopt="$dl/acquire.conf" --aptopt='Acquire::Languages "none"'
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*'
    --skip=download/empty,essential/unlink,cleanup/apt/cache
    --setup-hook='mkdir -p "$1/var/cache/apt/archives/partial"'
    --setup-hook="sync-in $dl/archives /var/cache/apt/archives"
    --customize-hook="$(root_hook)"
  )
  mkdir -p "$new"
  # The temporary tree of an ordinary user must be where another user id may enter: not under the home folder.
  if [ "$mode" = root ]; then
    # In a mount namespace of its own, what is mounted meanwhile goes with it, however the build ends.
    ! unshare --mount true 2>/dev/null || apart=(unshare --mount)
    setsid "${apart[@]}" mmdebstrap "${options[@]}" "$suite" "$new" - < "$dl/etc/apt/sources.list" > "$dl/log" 2>&1 &
  else
    TMPDIR=/var/tmp setsid bash -c 'set -o pipefail; new=$1; shift; mmdebstrap "$@" | tar -x --no-same-owner --exclude="./dev/*" -C "$new"' \
      tar "$new" "${options[@]}" "$suite" - - < "$dl/etc/apt/sources.list" 2> "$dl/log" &
  fi
  building=$!
  progress "3/3 installing" "$building" unpacked "$dl/log" "$count" ||
    { grep -E '^(E|W):' "$dl/log" | tail -n 5 >&2; die "the root could not be installed; the whole story is in $dl/log."; }
  root_know_user "$new"
}

# The user who runs programs in the root has a name there too.
root_know_user () {
  local entry
  entry=$(getent passwd "$(id -u)") || entry="user:x:$(id -u):$(id -g)::$HOME:/bin/bash"
  grep -q "^[^:]*:[^:]*:$(id -u):" "$1/etc/passwd" || echo "${entry%:*}:/bin/bash" >> "$1/etc/passwd"
  grep -q "^[^:]*:[^:]*:$(id -g):" "$1/etc/group" || echo "$(id -gn 2>/dev/null || echo user):x:$(id -g):" >> "$1/etc/group"
}

root_needs () {
  apt_install "the private root" mmdebstrap bubblewrap debian-archive-keyring mount "$@"
}

root_interrupted () {
  trap '' INT TERM HUP
  local tries
  # A build step is a process group of its own (setsid above).
  if [ -n "${building:-}" ] && kill -TERM -- "-$building" 2>/dev/null; then
    for tries in {1..50}; do kill -0 -- "-$building" 2>/dev/null || break; sleep 0.1; done
    kill -KILL -- "-$building" 2>/dev/null || true
  fi
  say "interrupted; what was downloaded is kept, and the next run goes on from there."
  exit 130
}

root_setup () {
  local root cache dl free
  root=$(root_path)
  [ -d "$root" ] && return
  cache=${root%/*}
  exec 9> "$cache/lock"
  flock -n 9 || { say "another build of the root is under way; waiting for it."; flock 9; }
  if [ -d "$root" ]; then exec 9>&-; return; fi

  say "this machine has no GTK 4.18 platform; making a private Debian $suite root, once:"
  say "  in $root (about 1.5 GB; make clean-platform removes it)"
  free=$(df -Pm "$cache" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge 3000 ] || die "only $free MB are free in $cache; 3000 are needed while it is built."
  if [ "$(id -u)" -eq 0 ]; then root_needs; else root_needs uidmap; fi

  SECONDS=0 building='' count=0
  trap root_interrupted INT TERM HUP
  local stale
  for stale in "$cache"/*.new; do root_remove "$stale"; done
  dl=$cache/downloads
  mkdir -p "$dl"
  export REGIE_LOCALE=${LC_ALL:-${LANG:-C.UTF-8}}
  root_download "$dl"
  root_install "$dl" "$root.new"
  mv "$root.new" "$root"
  root_remove_old "$cache" "$root"
  root_remove "$dl"
  trap - INT TERM HUP
  exec 9>&-
  say "ready after $SECONDS s."
}

root_clean () {
  local cache item
  cache=$(root_cache)
  exec 9> "$cache/lock"
  flock -n 9 || die "a build of the root is under way; nothing removed."
  for item in "$cache"/root-*-????????????  "$cache"/root-*.new "$cache/downloads"; do
    [ -e "$item" ] || continue
    if root_in_use "$item"; then say "keeping $item: a program still runs in it."; continue; fi
    say "removing $item"
    root_remove "$item"
  done
}

root_status () {
  local root
  root=$(root_path)
  if [ -d "$root" ]; then
    echo "root: $root ($(du -sm "$root" | cut -f 1) MB), entered with $(root_way)."
  else
    echo "root: will be made in $root at the first use."
  fi
}
