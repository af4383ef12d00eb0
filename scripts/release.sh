#!/bin/sh
# Packages for amd64 and arm64 in build/release: static binaries, Debian packages,
# a container file, a bill of materials and checksums.
set -eu
cd "$(dirname "$0")/.."
version=${1:-dev}
out=build/release
rm -rf $out
mkdir -p $out

# Debian versions begin with a digit and know no "-dirty".
debian=$(printf '%s' "$version" | sed -E 's/^v//; s/-/+/g; s/[^A-Za-z0-9.+~]/./g')
case "$debian" in [0-9]*) ;; *) debian="0~$debian" ;; esac

for arch in amd64 arm64; do
	binary=$out/bellwether_linux_$arch
	echo "== $binary"
	CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -ldflags "-s -w -X main.version=$version" -o $binary ./cmd/bellwether

	root=build/deb-$arch
	rm -rf $root
	install -D -m 0755 $binary $root/usr/bin/bellwether
	install -D -m 0644 deploy/bellwether.service $root/lib/systemd/system/bellwether.service
	install -D -m 0644 deploy/bellwether-up.service $root/lib/systemd/system/bellwether-up.service
	install -D -m 0644 docs/bellwether.yaml $root/etc/bellwether/bellwether.yaml
	install -d -m 0755 $root/usr/share/doc/bellwether $root/DEBIAN
	gzip -9nc CHANGELOG.md >$root/usr/share/doc/bellwether/changelog.gz
	echo /etc/bellwether/bellwether.yaml >$root/DEBIAN/conffiles
	cat >$root/DEBIAN/control <<-CONTROL
		Package: bellwether
		Version: $debian
		Architecture: $arch
		Maintainer: Bellwether <bellwether@example.org>
		Section: net
		Priority: optional
		Installed-Size: $(du -sk $root/usr | cut -f1)
		Recommends: systemd
		Description: provisioning and management of IP phones
		 One program that gives each phone its own configuration, shows whether it
		 arrived, and says why every value is what it is.
	CONTROL
	cat >$root/DEBIAN/postinst <<-'POSTINST'
		#!/bin/sh
		set -e
		if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
			systemctl daemon-reload
			# An upgrade goes on running; a first installation waits for its settings.
			[ -z "$2" ] || systemctl try-restart bellwether.service
		fi
	POSTINST
	cat >$root/DEBIAN/prerm <<-'PRERM'
		#!/bin/sh
		set -e
		if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now bellwether.service || true; fi
	PRERM
	chmod 0755 $root/DEBIAN/postinst $root/DEBIAN/prerm
	dpkg-deb --root-owner-group -Zxz --build $root $out/bellwether_${debian}_$arch.deb >/dev/null
	rm -rf $root
done
cp deploy/Containerfile $out/
go run ./internal/tools/sbom -binary $out/bellwether_linux_amd64 -npm web/package-lock.json -version "$version" >$out/bellwether.cdx.json
(cd $out && sha256sum -- * >SHA256SUMS)
ls -l $out
