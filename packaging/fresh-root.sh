#!/bin/sh
# A fresh Debian 12 in a folder, and commands in it: what an owner's new box is, for trying an installation.
#
#   packaging/fresh-root.sh ROOT [COMMAND ...]
#
# Where ROOT is not there it is made by debootstrap, with what docs/install.md tells an owner to install and little else
# ($PACKAGES says otherwise).  COMMAND runs in it as root, with numbers of processes of its own, this machine's network,
# and none of its files.  Where Debian's packages come from is read from this machine's own sources ($MIRROR says
# otherwise), and so is where pip looks.  It needs root, debootstrap and util-linux; everything that it mounts is gone
# when COMMAND ends.
set -eu
umask 022

suite=bookworm
packages=${PACKAGES-ca-certificates,python3,python3-venv,bubblewrap,systemd}

[ $# -ge 1 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
root=$1
shift
[ "$(id -u)" = 0 ] || { echo "A root of its own needs root." >&2; exit 1; }

if [ ! -e "$root/done" ]; then
    if [ -z "${MIRROR:-}" ]; then
        MIRROR=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
            sed -nE 's#^(URIs:|deb( \[[^]]*\])?)[[:space:]]+([^[:space:]]+/debian/?)([[:space:]].*)?$#\3#p' | head -n 1)
        [ -n "$MIRROR" ] || { echo "The sources of this machine name no Debian mirror: set MIRROR." >&2; exit 1; }
    fi
    rm -rf "$root"
    mkdir -p "$root"
    # In a namespace of its own what debootstrap mounts is gone when it ends, however it ends.
    unshare --mount debootstrap --variant=minbase ${packages:+--include="$packages"} "$suite" "$root" "$MIRROR" >&2
    touch "$root/done"
fi
[ $# -gt 0 ] || exit 0

for each in etc/resolv.conf etc/hosts etc/pip.conf etc/ssl/certs/ca-certificates.crt; do
    if [ -f "/$each" ]; then
        mkdir -p "$(dirname "$root/$each")"
        cp -L "/$each" "$root/$each"
    fi
done
# A root of its own instead of chroot: in a chroot nobody may make a user namespace, which bubblewrap needs.  The inner
# shell expands what stands in quotes here, and stays: when this command is killed it is, and all that runs with it.
# shellcheck disable=SC2016
exec unshare --mount --pid --fork --kill-child sh -c '
    set -eu
    mount --bind "$0" "$0"
    cd "$0"
    mount -t proc proc proc
    mount -t tmpfs tmpfs run
    mount --rbind /dev dev
    pivot_root . .
    umount -l .
    set +e
    chroot . env -i LANG=C.UTF-8 HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${HTTPS_PROXY:+HTTPS_PROXY="$HTTPS_PROXY"} ${https_proxy:+https_proxy="$https_proxy"} \
        ${CLAW_HOUSE_TOKEN:+CLAW_HOUSE_TOKEN="$CLAW_HOUSE_TOKEN"} "$@"
    exit $?
' "$root" "$@"
