#!/bin/sh
# Create the user first, because the service runs as this user.
set -e
if command -v systemd-sysusers >/dev/null; then
  systemd-sysusers prisma_exporter.conf
elif ! getent passwd prisma_exporter >/dev/null; then
  useradd --system --no-create-home --shell /usr/sbin/nologin prisma_exporter
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # Restart the service only if it runs. After a first installation, no tenant is
  # configured yet.
  systemctl try-restart prisma_exporter.service
fi
