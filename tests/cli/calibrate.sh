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
cmp p.csv "$source/data/population/population.csv" ||
    { echo "FAILED: the shipped population is not what this makes; run gutskin calibrate"; failed=1; }
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
