#!/usr/bin/env bash
# usage: failures.sh < log of make drill
#
# What failed, in as much text as an issue can have: without packages that are
# well, and of each failure its beginning, where the scenario is.
set -euo pipefail

grep -vE '^(ok|\?|>>|PASS|=== )|^ *--- (PASS|SKIP)|^go: downloading|^fuzz: elapsed' |
  cut -c 1-400 |
  awk '/--- FAIL/ { lines = 0 } lines++ < 250' |
  head -c 50000
