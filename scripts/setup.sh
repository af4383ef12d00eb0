#!/bin/sh
# Checks the tools that the build needs; with "test" it installs the Debian packages
# that only the tests need, and with "bench" those that are measured beside us. Exit code 2: something is missing that this
# script may not or cannot install; it has said what and how.
set -eu

missing=0

# want NAME FOUND WANTED WHERE: compares two versions by their numbers.
want() {
	if [ -z "$2" ]; then
		echo "missing: $1 $3 or newer. $4" >&2
		missing=1
	elif [ "$(printf '%s\n%s\n' "$3" "$2" | sort -V | head -n 1)" != "$3" ]; then
		echo "too old: $1 $2, but $3 or newer is wanted. $4" >&2
		missing=1
	fi
}

version() { "$@" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1 || true; }

want Go "$(version go version)" 1.26 "See https://go.dev/dl/, and put its bin folder first in PATH."
want Node "$(version node --version)" 20.0 "See https://nodejs.org/en/download, or a package of your system."
want npm "$(version npm --version)" 9.0 "It comes with Node."
[ "$missing" -eq 0 ] || exit 2
case "${1:-}" in test | bench) ;; *) exit 0 ;; esac

packages=""
need() { # need PACKAGE COMMAND-OR-FILE
	case "$2" in
	/*) [ -x "$2" ] && return ;;
	*) command -v "$2" >/dev/null 2>&1 && return ;;
	esac
	packages="$packages $1"
}
need postgresql-15 /usr/lib/postgresql/15/bin/postgres
need chromium chromium
need curl curl
need openssl openssl
need sip-tester sipp
need baresip-core baresip
need util-linux setpriv
need tftp-hpa tftp
need atftp atftp
need lftp lftp
need iproute2 ip
need dnsmasq-base /usr/sbin/dnsmasq
need kea-dhcp4-server /usr/sbin/kea-dhcp4
need isc-dhcp-server /usr/sbin/dhcpd
need isc-dhcp-client /usr/sbin/dhclient
need busybox busybox
need vsftpd /usr/sbin/vsftpd
need lighttpd /usr/sbin/lighttpd
need lighttpd-mod-openssl /usr/lib/lighttpd/mod_openssl.so
if [ "$1" = bench ]; then # a server that the package starts may be stopped again
	need nginx-light /usr/sbin/nginx
	need tftpd-hpa /usr/sbin/in.tftpd
fi
[ -n "$packages" ] || exit 0

line="apt-get update && apt-get install -y --no-install-recommends$packages"
if [ "$(id -u)" -eq 0 ]; then
	sudo=""
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
	sudo="sudo"
else
	echo "The tests need Debian packages. Run this as root, then try again:" >&2
	echo "  $line" >&2
	exit 2
fi
if ! command -v apt-get >/dev/null 2>&1; then
	echo "The tests need these packages of Debian 12, and this system has no apt-get:$packages" >&2
	exit 2
fi

export DEBIAN_FRONTEND=noninteractive
install() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; }
$sudo apt-get update
case "$packages" in
*postgresql-15*)
	# The tests start a server of their own; Debian is not to start another.
	if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		install postgresql-common
		$sudo sed -i 's/^#* *create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
	fi
	;;
esac
# shellcheck disable=SC2086 # a list of words
if ! install $packages; then
	echo "The packages could not be installed. Run this as root, then try again:" >&2
	echo "  $line" >&2
	exit 2
fi
# Debian starts the servers that it installs; the tests start their own.
for unit in vsftpd lighttpd; do
	case "$packages " in
	*" $unit "*) [ ! -d /run/systemd/system ] || $sudo systemctl disable --now "$unit" ;;
	esac
done
