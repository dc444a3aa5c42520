#!/bin/sh
# Called with "remove" by dpkg and with 0 by rpm when the package goes, and with
# something else when a new version of it comes.
set -e
case "$1" in
  remove | 0)
    if [ -d /run/systemd/system ]; then
      systemctl disable --now prisma_exporter.service prisma_exporter.socket
    fi
    ;;
esac
