#!/usr/bin/env bash
# gutskin calibrate: misuse always; in ./test --full the whole calibration with every trial and
# lever left out: the shipped file comes out again, and what was not seen is foretold.
# Usage: calibrate.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1 source=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0
"$gutskin" calibrate --draws few >out 2>err
[ $? -eq 2 ] && grep -q "whole number" err || { echo "FAILED: --draws few"; failed=1; }
"$gutskin" calibrate somefile >out 2>err
[ $? -eq 2 ] || { echo "FAILED: a file is misuse"; failed=1; }
"$gutskin" calibrate --help >out 2>err
grep -q "gutskin calibrate -o" out || { echo "FAILED: no example in --help"; failed=1; }
[ "${GS_FULL:-OFF}" = ON ] || { echo "the calibration itself is part of ./test --full"; exit $failed; }

"$gutskin" calibrate -o p.csv --left-out l.csv 2>err || { cat err; exit 1; }
# the shipped file comes out again; to the last digit only from the same compiler's settings,
# so its means within a quarter of a standard deviation (the draws kept are 300)
for f in p.csv "$source/data/population/population.csv"; do
    awk -F, 'NR == 3 { n = split($0, name) } NR > 3 { k++; for (i = 1; i <= n; i++) { s[i] += $i; q[i] += $i * $i } }
        END { for (i = 1; i <= n; i++) { m = s[i] / k; v = q[i] / k - m * m; print name[i], m, (v > 0 ? sqrt(v) : 0) } }' "$f"
done | awk '$1 in m { d = m[$1] - $2; if (d < 0) d = -d; if (d > 0.3 * $3 + 1e-9) { print "FAILED: " $1 " moved by " d; bad = 1 } }
            { m[$1] = $2; n[$1]++ } END { for (c in n) { k++; if (n[c] != 2) { print "FAILED: " c " is in one file only"; bad = 1 } }
                  if (k < 40) { print "FAILED: " k + 0 " numbers were compared"; bad = 1 } exit bad }' || failed=1
# of the contrasts left out, 80 to 97% inside the 90% interval, median |z| at most 1
for how in trial lever; do
    awk -F, -v how=$how '$2 == how { n++; inside += $11 == "yes"; z[n] = $9 < 0 ? -$9 : $9 }
        END { for (i = 1; i <= n; i++) { low = 0; for (j = 1; j <= n; j++) low += z[j] <= z[i];
                  if (low >= n / 2 && (!m || z[i] < m)) m = z[i] }
              printf "%s left out: %d of %d inside 90%%, median |z| %.2f\n", how, inside, n, m
              exit !(n >= 20 && inside >= 0.8 * n && inside <= 0.97 * n && m <= 1) }' l.csv ||
        { echo "FAILED: left-out $how"; failed=1; }
done
exit $failed
