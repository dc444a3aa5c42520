#!/bin/sh
# Draws the dashboards over a demo with an outage, and ends with 1 if somebody on
# call would not see it at once, or if a panel is empty or fails; see
# expectations.json. Pictures and what is wrong go into OUT_DIR.
#
#   see.sh EXPORTER_BINARY OUT_DIR [WIDTH[xHEIGHT]...]
#
# DASHBOARDS         folder of the dashboards      (those of this repository)
# PROMETHEUS_PORT and what else draw.sh and demo.sh have
set -eu

if [ $# -lt 2 ]; then
	echo "usage: see.sh EXPORTER_BINARY OUT_DIR [WIDTH[xHEIGHT]...]" >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
exporter=$1
out=$2
shift 2
[ $# -gt 0 ] || set -- 1600x900 1280x800

mkdir -p "$out"
RECORD="${RECORD:-60}" RULES="$root/alerts" PREPARED=1 "$here/demo.sh" "$exporter" 10 2>"$out/demo.log" &
demo=$!
trap 'kill "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
until grep -qs '^Prometheus: ' "$out/demo.log"; do
	kill -0 "$demo" 2>/dev/null || { cat "$out/demo.log" >&2; exit 2; }
	sleep 1
done
sleep "${SETTLE:-150}" # until the rules have looked at the outage twice
status=0
RANGE="${RANGE:-15m}" EXPECT="$here/expectations.json" TALLEST="${TALLEST:-2000}" \
	"$here/draw.sh" "${DASHBOARDS:-$root/dashboards}" "http://127.0.0.1:${PROMETHEUS_PORT:-28602}" "$out" "$@" >"$out/findings.txt" || status=$?
cat "$out/findings.txt"
# A panel that says nothing on the demo says nothing anywhere.
if grep '^empty' "$out/findings.txt" | grep -v -f "$here/may-be-empty.txt"; then status=1; fi
exit "$status"
