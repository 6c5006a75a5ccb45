# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Running a program in the private root, with the user's files, display, buses and sound.

# What names the host's compilers, libraries and module paths, and would mislead programs of the root.
enter_unset=(
  LIBRARY_PATH LD_LIBRARY_PATH LD_PRELOAD LD_RUN_PATH CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH
  CC CXX CPP LD AR AS NM RANLIB STRIP OBJCOPY CC_LD CXX_LD CFLAGS CXXFLAGS CPPFLAGS LDFLAGS
  PKG_CONFIG PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR ACLOCAL_PATH CMAKE_PREFIX_PATH
  PYTHONHOME PYTHONPATH PERL5LIB PERL5OPT PERL_MM_OPT BASH_ENV ENV CDPATH NODE_PATH NODE_OPTIONS JAVA_HOME CUDA_HOME
  GI_TYPELIB_PATH GIO_MODULE_DIR GIO_EXTRA_MODULES GSETTINGS_SCHEMA_DIR GTK_PATH GTK_MODULES GTK_IM_MODULE
  GDK_PIXBUF_MODULE_FILE GDK_PIXBUF_MODULEDIR GST_PLUGIN_PATH GST_PLUGIN_SYSTEM_PATH GST_REGISTRY
  XDG_DATA_DIRS XDG_CONFIG_DIRS FONTCONFIG_FILE FONTCONFIG_PATH LOCPATH DEBIAN_FRONTEND
)

# Prints how the root can be entered here: bwrap; chroot (root, where bwrap's pivot_root is refused); proot (no namespaces).
root_way () {
  local root
  root=$(root_path)
  if [ -n "${REGIE_ENTER:-}" ]; then
    echo "$REGIE_ENTER"
  elif bwrap --ro-bind "$root" / --proc /proc --dev-bind /dev /dev true 2>/dev/null; then
    echo bwrap
  elif [ "$(id -u)" -eq 0 ] && unshare --mount --propagation private -- mount --bind "$root" "$root" 2>/dev/null; then
    echo chroot
  else
    echo proot
  fi
}

# Prints "KIND PATH" for everything of the host that programs in the root may see, parents before children.
# Kinds: rw, ro, and file:TARGET for a file of the host shown under another name.
enter_binds () {
  local root=$1 kind path git runtime=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
  {
    for path in /tmp /var/tmp /media /mnt /srv /run/media; do [ -d "$path" ] && echo "rw $path"; done
    for path in /run/dbus /run/systemd /run/udev; do [ -d "$path" ] && echo "ro $path"; done
    [ -d "$runtime" ] && echo "rw $runtime"
    [ -d "${HOME:-/}" ] && echo "rw $HOME"
    echo "rw $top"
    echo "rw $PWD"
    git=$(git -C "$top" rev-parse --path-format=absolute --git-common-dir 2>/dev/null) && echo "rw ${git%/.git}"
    # Sockets and keys that lie elsewhere than usual.
    case ${XAUTHORITY:-} in /*) echo "ro $XAUTHORITY" ;; esac
    case ${WAYLAND_DISPLAY:-} in /*) echo "rw $WAYLAND_DISPLAY" ;; esac
    case ${DBUS_SESSION_BUS_ADDRESS:-} in *unix:path=*) path=${DBUS_SESSION_BUS_ADDRESS#*unix:path=}; echo "rw ${path%%[,;]*}" ;; esac
    case ${PULSE_SERVER:-} in unix:/*) echo "rw ${PULSE_SERVER#unix:}" ;; esac
    tr : '\n' <<< "${REGIE_BIND:-}" | while read -r path; do [ -z "$path" ] || echo "rw $(readlink -f -- "$path")"; done
  } | LC_ALL=C sort -k 2 -u | while read -r kind path; do
    if [ "$path" != / ] && [ -e "$path" ]; then echo "$kind $path"; fi
  done
  for path in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
    [ -s "$path" ] && [ -e "$root$path" ] && echo "file:$path $(readlink -f -- "$path")"
  done
  if [ -s /etc/machine-id ] && ! grep -q uninitialized /etc/machine-id; then echo "file:/etc/machine-id /etc/machine-id"; fi
}

# Folders of the host that fall into a read-only part of the root need a place there to be shown at.
enter_places () {
  local root=$1 kind path
  while read -r kind path; do
    case $kind in file:*) continue ;; esac
    [ -e "$root$path" ] && continue
    if [ -d "$path" ]; then mkdir -p "$root$path"; else mkdir -p "$root${path%/*}"; : > "$root$path"; fi
  done
}

# Words and times as outside, as far as the root knows the locale.
enter_environment () {
  local name zone
  unset "${enter_unset[@]}"
  export PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin SHELL=/bin/bash PERL_BADLANG=0 REGIE_PLATFORM_TOOL=$tools/platform
  for name in LANG LC_ALL LC_MESSAGES LC_CTYPE LC_NUMERIC LC_TIME LC_COLLATE LC_MONETARY; do
    case ${!name:-} in
      ''|C|POSIX|C.UTF-8|C.utf8) ;;
      *) grep -qs "^${!name/.utf8/.UTF-8} " "$1/etc/locale.gen" && continue
         case ${!name} in fr*) export "$name=fr_FR.UTF-8" ;; *) export "$name=en_US.UTF-8" ;; esac ;;
    esac
  done
  if [ -z "${TZ:-}" ]; then
    zone=$(readlink -f /etc/localtime 2>/dev/null || true)
    case $zone in /usr/share/zoneinfo/*) export TZ=${zone#/usr/share/zoneinfo/} ;; esac
  fi
}

root_enter () {
  local root binds way
  root=$(root_path)
  binds=$(enter_binds "$root")
  enter_places "$root" <<< "$binds"
  way=$(root_way)
  enter_environment "$root"
  "enter_with_$way" "$root" "$binds" "$@"
}

enter_with_bwrap () {
  local root=$1 binds=$2 kind path options=()
  shift 2
  for path in "$root"/*; do
    if [ -L "$path" ]; then options+=(--symlink "$(readlink "$path")" "${path#"$root"}")
    elif [ -n "$(ls -A "$path")" ]; then options+=(--ro-bind "$path" "${path#"$root"}")
    else options+=(--dir "${path#"$root"}"); fi
  done
  options+=(--dev-bind /dev /dev --proc /proc --bind /sys /sys)
  while read -r kind path; do
    case $kind in
      rw) options+=(--bind "$path" "$path") ;;
      ro) options+=(--ro-bind "$path" "$path") ;;
      file:*) options+=(--ro-bind "$path" "${kind#file:}") ;;
    esac
  done <<< "$binds"
  # No process namespace and no death with the parent for what the program starts: an engine may outlive this run.
  exec perl "$tools/platform.d/enter.pl" "${options[@]}" --die-with-parent --chdir "$PWD" -- \
    perl "$tools/platform.d/enter.pl" inside "$@"
}

enter_with_chroot () {
  local root=$1 binds=$2
  shift 2
  exec unshare --mount --propagation private -- bash "$tools/platform.d/mount.sh" "$root" "$binds" "$@"
}

enter_with_proot () {
  local root=$1 binds=$2 kind path options=()
  shift 2
  command -v proot >/dev/null || apt_install "this machine forbids namespaces; running in the private root without them" proot
  say "namespaces are forbidden here; going through proot: slower, and tests run without sanitizers (they cannot start in it)."
  while read -r kind path; do
    case $kind in
      rw|ro) options+=(-b "$path") ;;
      file:*) options+=(-b "$path:${kind#file:}") ;;
    esac
  done <<< "$binds"
  export REGIE_NO_SANITIZERS=1
  exec proot -r "$root" -b /dev -b /proc -b /sys "${options[@]}" -w "$PWD" "$@"
}
