#!/usr/bin/env bash
# Compares the vendor's OpenAPI files with the digests that are kept beside this
# script. It prints a line for each file that differs, and ends with 1 if there
# is one, with 2 if the source does not answer.
#
# After a change was looked at and the exporter follows it, `compare.sh update`
# writes the new digests and forgets files that are gone.
set -euo pipefail

source=${SOURCE:-https://raw.githubusercontent.com/PaloAltoNetworks/pan.dev/HEAD}
digests=$(dirname "${BASH_SOURCE[0]}")/digests.sha256
got=$(mktemp)
new=$(mktemp)
trap 'rm -f "$got" "$new"' EXIT

differ=0
while read -r want file; do
  if [ "$want" = '#' ]; then
    printf '%s %s\n' "$want" "$file" >> "$new"
    continue
  fi
  status=0
  code=$(curl --fail --silent --show-error --location --retry 3 --write-out '%{http_code}' \
    --output "$got" "$source/$file") || status=$?
  if [ "$status $code" = '22 404' ]; then
    echo "$file is gone or was moved"
    differ=1
    continue
  elif [ "$status" != 0 ]; then
    exit 2
  fi
  digest=$(sha256sum < "$got" | cut -d ' ' -f 1)
  if [ "$digest" != "$want" ]; then
    echo "$file has changed: $digest, was $want"
    differ=1
  fi
  printf '%s  %s\n' "$digest" "$file" >> "$new"
done < "$digests"

if [ "${1:-}" = update ]; then
  cp "$new" "$digests"
fi
exit $differ
