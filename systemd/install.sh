#!/bin/sh
# Makes Claw, which packaging/install.sh put into /opt/claw, a service of this machine.  Run it again after an upgrade.
#
#   systemd/install.sh [--root DIR] [--enable]
#
# It asks nothing.  Units, users and folders are written anew each time; the configuration, the policy, the secrets and
# the drop-ins that a person wrote are never touched.  --root writes below DIR, for images and for looking: nobody there is
# told.  --enable starts the service now and at each start of the machine, where there is a configuration.
set -eu
umask 022

root=
enable=no
usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 2
}
while [ $# -gt 0 ]; do
    case "$1" in
        --root) [ $# -gt 1 ] || usage; root=${2%/}; shift ;;
        --enable) enable=yes ;;
        *) usage ;;
    esac
    shift
done
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
    echo "A service of this machine is root's to install: sudo $0" >&2
    exit 1
fi
if [ ! -x "$root/opt/claw/bin/claw" ]; then
    echo "There is no $root/opt/claw/bin/claw: install Claw itself first (docs/install.md)." >&2
    exit 1
fi

put() {
    # In one step, so that a power cut leaves the old file or the new one.
    mkdir -p "$(dirname "$2")"
    cp "$1" "$2.new"
    chmod 644 "$2.new"
    mv -f "$2.new" "$2"
}
# Below /usr/local, so that /etc stays a person's: `systemctl edit` writes there, and what it writes wins.
for unit in claw.service claw-stop.service claw-stop.path claw-voice.service; do
    put "$here/$unit" "$root/usr/local/lib/systemd/system/$unit"
done
put "$here/sysusers.d/claw.conf" "$root/usr/local/lib/sysusers.d/claw.conf"
put "$here/tmpfiles.d/claw.conf" "$root/usr/local/lib/tmpfiles.d/claw.conf"
for example in config policy; do
    put "$here/../$example.example.yaml" "$root/etc/claw/$example.example.yaml"
done

if [ -n "$root" ]; then
    echo "Claw's units are below $root; its users and folders are made when that starts for the first time."
    exit 0
fi
systemd-sysusers /usr/local/lib/sysusers.d/claw.conf
systemd-tmpfiles --create /usr/local/lib/tmpfiles.d/claw.conf
if [ ! -d /run/systemd/system ]; then
    echo "systemd does not run this machine: the units are there, and nothing was started."
    exit 0
fi
systemctl daemon-reload
if [ "$enable" = yes ] && [ -e /etc/claw/config.yaml ]; then
    systemctl enable --now claw-stop.path claw.service
    exit 0
fi
if systemctl is-active --quiet claw.service; then
    echo "Claw runs as it was before: systemctl restart claw"
    exit 0
fi
cat <<'NEXT'
Claw is a service of this machine now, which nothing has started yet.
  1. The configuration, in /etc/claw:       claw init --config /etc/claw/config.yaml
     It asks for Home Assistant's token, or for who makes one, and puts it into /etc/credstore/claw.house-token.
  2. Start it, now and with the machine:    systemctl enable --now claw-stop.path claw.service
  3. Try the stop once, on what runs now:   claw init --config /etc/claw/config.yaml
NEXT
