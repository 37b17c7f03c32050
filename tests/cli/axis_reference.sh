#!/usr/bin/env bash
# The committed reference tables of the axis are what the prototype gives: made afresh with
# R and compared number by number. Only in ./test --full, and only where the prototype is.
set -euo pipefail
src=$2
proto=$src/../shared/reference/mechanism-prototype.R
[ "${GS_FULL:-OFF}" = ON ] || { echo "skipped: part of ./test --full"; exit 77; }
[ -f "$proto" ] || { echo "skipped: no prototype at $proto"; exit 77; }
Rscript -e 'quit(status = !requireNamespace("deSolve", quietly = TRUE))' >/dev/null 2>&1 ||
    { echo "skipped: R with deSolve is not installed"; exit 77; }

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
same() { # committed fresh tolerance: last column compared, the others equal
    awk -F, -v tol="$3" '
        NR == FNR { line[FNR] = $0; n = FNR; next }
        { k = split(line[FNR], a, ","); m = FNR
          for (i = 1; i < k || i < NF; i++)
              if (a[i] != $i) { print FILENAME ":" FNR ": " $0 " instead of " line[FNR]; exit 1 }
          d = a[k] - $NF; d = d < 0 ? -d : d; s = a[k] < 0 ? -a[k] : a[k]
          if (a[k] + 0 == a[k] && d > tol * (s + 1e-3)) {
              print FILENAME ":" FNR ": " $0 " instead of " line[FNR]; exit 1 } }
        END { if (m != n) { print "rows differ: " n " and " m; exit 1 } }' "$1" "$2"
}
Rscript "$src/tests/axis/reference.R" "$proto" > "$out/targets.csv"
same "$src/tests/axis/targets.csv" "$out/targets.csv" 1e-6
Rscript "$src/tests/axis/reference_rates.R" "$proto" > "$out/rates.csv"
same "$src/tests/axis/rates.csv" "$out/rates.csv" 1e-10
echo "targets.csv and rates.csv are what the prototype gives"
