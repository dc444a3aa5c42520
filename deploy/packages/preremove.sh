#!/bin/sh
# When the package is removed, dpkg passes "remove" and rpm passes 0. When it is
# upgraded, they pass something else.
set -e
case "$1" in
  remove | 0)
    if [ -d /run/systemd/system ]; then
      systemctl disable --now prisma_exporter.service prisma_exporter.socket
    fi
    ;;
esac
