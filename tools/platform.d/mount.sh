#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Started by enter.sh in a mount namespace of its own: mount.sh ROOT BINDS PROGRAM [ARGUMENT…]
set -euo pipefail

root=$1 binds=$2
shift 2
mount --rbind "$root" "$root"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount --rbind /sys "$root/sys"
while read -r kind path; do
  case $kind in
    rw|ro) mount --rbind "$path" "$root$path" ;;
    file:*) mount --bind "$path" "$root${kind#file:}" ;;
  esac
done <<< "$binds"
exec chroot "$root" env -C "$PWD" -- "$@"
