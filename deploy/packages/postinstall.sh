#!/bin/sh
# The user first: the service runs as it. Where there is no systemd, as in an
# image, the file in sysusers.d is for whoever builds the image.
set -e
if command -v systemd-sysusers >/dev/null; then
  systemd-sysusers prisma_exporter.conf
elif ! getent passwd prisma_exporter >/dev/null; then
  useradd --system --no-create-home --shell /usr/sbin/nologin prisma_exporter
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # Only one that runs: a new one has no tenant yet, and starts when told to.
  systemctl try-restart prisma_exporter.service
fi
