#!/bin/sh
# Starts the exporter's demo and a Prometheus that scrapes it and already has a
# past of some minutes, and ends both when interrupted.
#
#   demo.sh EXPORTER_BINARY [MINUTES]
#
# RECORD             seconds of the demo that the past is made of (180)
# STEP               seconds between scrapes (15)
# RULES              folder of rules for Prometheus  (none)
# PREPARED           if set, the demo has an outage for draw.sh to look for: a
#                    critical alert that is not the newest, a site that is down, a
#                    tunnel of a site that is up, a location that is down and one
#                    in warning; and a tenant of Insights 3.0, demo-v3, that has
#                    incidents, a site whose BGP is down, licences and the vendor's
#                    service status
# EXPORTER_PORT, PROMETHEUS_PORT, EXPORTER_V3_PORT   loopback ports (28601, 28602, 28603)
set -eu

if [ $# -lt 1 ]; then
	echo "usage: demo.sh EXPORTER_BINARY [MINUTES]" >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
exporter=127.0.0.1:${EXPORTER_PORT:-28601}
prometheus=127.0.0.1:${PROMETHEUS_PORT:-28602}
v3=127.0.0.1:${EXPORTER_V3_PORT:-28603}
export STEP="${STEP:-15}"
export RECORD="${RECORD:-180}"

dir=$(mktemp -d)
pids=
stop() {
	trap - EXIT INT TERM
	for pid in $pids; do kill "$pid" 2>/dev/null || true; done
	wait
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT TERM

ready() { # URL
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		if curl -fs -o "$dir/answer" "$1"; then return; fi
		sleep 1
	done
	echo "no answer from $1" >&2
	return 1
}

"$1" --demo --web.listen-address="$exporter" >"$dir/exporter.log" 2>&1 &
pids=$!
ready "http://$exporter/metrics"

targets="'$exporter'"
if [ -n "${PREPARED:-}" ]; then
	"$1" --demo --demo.api=v3 --collector.service_status --web.listen-address="$v3" >"$dir/v3.log" 2>&1 &
	pids="$pids $!"
	ready "http://$v3/metrics"
	targets="$targets, '$v3'"
	log=exporter.log
	act() { # PATH FIELD=VALUE...
		api=$(grep -om1 'http://[^ ]*/-/' "$dir/$log")
		path=$1
		shift
		for field in "$@"; do set -- "$@" --data-urlencode "$field"; shift; done
		curl -fsS -o "$dir/answer" "$@" "${api}tenants/demo/$path"
	}
	act alerts severity=Critical category=RN site=branch-chicago-07 "location=US Central" \
		"message=All tunnels for the Remote Network site branch-chicago-07 are down, and nobody there can reach the data centre"
	act sites name=branch-chicago-07 state=Down
	act tunnels name=ike-plant-tokyo-03-primary state=Down
	act locations name=Singapore service=mu state=Warning
	act locations "name=Canada East" service=mu state=Down
	act alerts severity=High category=MU "message=Authentication failures of mobile users above baseline"
	log=v3.log
	act incidents severity=Critical site=clinic-paris-19 "location=France North" \
		"message=The Remote Network site clinic-paris-19 has been down for ten minutes, with all its tunnels and its BGP"
	act sites name=clinic-paris-19 state=Down
	act incidents severity=Warning "message=Tunnels of a service connection change their state again and again"
fi

echo "recording for $RECORD seconds" >&2
node "$here/backfill.mjs" "http://$exporter/metrics" "${2:-60}" >"$dir/past.om"
promtool tsdb create-blocks-from openmetrics "$dir/past.om" "$dir/data" >"$dir/promtool.log"
rm "$dir/past.om"

cat >"$dir/prometheus.yml" <<EOF
global:
  scrape_interval: ${STEP}s
  evaluation_interval: ${STEP}s
${RULES:+rule_files: ["$RULES/*.rules.yml"]}
scrape_configs:
  - job_name: prisma
    static_configs: [{targets: [$targets]}]
    metric_relabel_configs: # both demos call their tenant the same
      - {source_labels: [instance, tenant], regex: '$v3;demo', target_label: tenant, replacement: demo-v3}
EOF
prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" --web.listen-address="$prometheus" >"$dir/prometheus.log" 2>&1 &
pids="$pids $!"
ready "http://$prometheus/-/ready"
echo "Prometheus: http://$prometheus (interrupt to stop)" >&2
wait
