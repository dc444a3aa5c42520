#!/bin/sh
# Draws dashboards with Grafana's own components and takes pictures of them.
# README.md says what is Grafana's and what is not.
#
#   draw.sh DASHBOARD_DIR PROMETHEUS_URL OUT_DIR [WIDTH[xHEIGHT]...]
#
# RANGE            how much to show, as 1h         (what the dashboard says)
# VARS             values, as var-tenant=a&var-site=b  (what it says)
# ONLY             part of the names of the files to draw  (all)
# THEME            dark or light                   (dark)
# SCRAPE_INTERVAL  that of the data source         (15s)
# TIMEZONE         that of the browser             (UTC)
# TALLEST          pixels of a picture; what is higher comes in parts  (16000)
# EXPECT           what must be seen, as expectations.json  (nothing)
# CHROMIUM         the browser                     (the one in the path)
set -eu

if [ $# -lt 3 ]; then
	echo "usage: draw.sh DASHBOARD_DIR PROMETHEUS_URL OUT_DIR [WIDTH[xHEIGHT]...]" >&2
	exit 2
fi

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dashboards-draw
# One folder per lock file, so that versions do not mix.
modules=$cache/$(cksum <"$here/package-lock.json" | tr ' ' -)

if [ ! -d "$modules" ]; then
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	cp "$here/package.json" "$here/package-lock.json" "$new/"
	echo "installing the npm packages into $modules" >&2
	(cd "$new" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
	# Another run may have been faster; then its folder stays.
	[ -d "$modules" ] || mv "$new" "$modules"
	rm -rf "$new"
	trap - EXIT
fi

exec node "$here/draw.mjs" "$modules" "$@"
