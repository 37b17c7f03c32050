#!/usr/bin/env bash
# The whole thread on the bundled example: import, fit, report, forecast; then a changed
# diary, an unfitted one and an empty one.  Usage: thread.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1 source=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export GUTSKIN_DIARY=$dir/d.db GS_PROGRESS=0
failed=0
check() { # check WHAT COMMAND...: the command must succeed
    local what=$1
    shift
    if ! "$@" >out 2>err; then
        echo "FAILED: $what: $*"
        cat out err
        failed=1
    fi
}
refuse() { # refuse WHAT CODE PATTERN COMMAND...: exit code and one sentence on stderr
    local what=$1 code=$2 pattern=$3
    shift 3
    "$@" >out 2>err
    local got=$?
    if [ $got -ne "$code" ] || ! grep -q -- "$pattern" err; then
        echo "FAILED: $what: exit $got, wanted $code and \"$pattern\": $*"
        cat out err
        failed=1
    fi
}

refuse "no diary yet" 1 "init" "$gutskin" fit
check "init" "$gutskin" init
refuse "an empty diary cannot be fitted" 1 "empty" "$gutskin" fit
refuse "no fit, no report" 1 "fit" "$gutskin" report
# a hundred days of the bundled example, three columns: a shorter story, the same road
head -n 100 "$source/examples/diary-example.csv" | cut -d, -f1,2,4,5 >short.csv
check "import" "$gutskin" import short.csv
# measured values on the way: two from blood, one stool result, one that is kept only
check "values" "$gutskin" log --date 2025-03-20 crp=2.1 vitamin_d_level=38 calprotectin=80ug/g
printf 'taxon\tcount\nFaecalibacterium\t900\nBacteroides\t2500\nBifidobacterium\t40\nEscherichia\t20\n' >stool.tsv
check "profile" "$gutskin" import --date 2025-03-21 stool.tsv
check "fit" "$gutskin" fit --example
grep -q "5 measured values" err || { echo "FAILED: measured values not heard"; cat err; failed=1; }
grep -q "no answer" err && { echo "FAILED: the fit did not pass its checks"; cat err; failed=1; }
check "report" "$gutskin" report
grep -qi "not a medical device" out || { echo "FAILED: the report must say what it is not"; failed=1; }
grep -qi "simulated" out || { echo "FAILED: the example must be labelled"; failed=1; }
for words in "WHAT YOUR MEASURED VALUES ADD" "C-reactive protein, 20 March 2025: 2.1 mg/L" \
        "Kept and not heard: calprotectin" "butyrate makers, share of stool, 21 March"; do
    grep -q "$words" out || { echo "FAILED: the report lacks \"$words\""; cat out; failed=1; }
done
check "shift, from the kept fit" "$gutskin" gut shift
grep -q "5 measured values heard, against 400 draws" out || { echo "FAILED: shift"; cat out; failed=1; }
[ -s err ] && { echo "FAILED: shift fitted anew"; cat err; failed=1; }
check "page" "$gutskin" report --html page.html
grep -q "What they moved" page.html || { echo "FAILED: no shift in the page"; failed=1; }
grep -q "<svg" page.html || { echo "FAILED: no picture in the page"; failed=1; }
grep -qi "<script" page.html && { echo "FAILED: a script in the page"; failed=1; }
check "json" "$gutskin" report --json
python=$(command -v python3 || true)
[ -z "$python" ] || "$python" -m json.tool out >/dev/null || { echo "FAILED: not JSON"; failed=1; }
check "forecast" "$gutskin" forecast --days 7
# the same diary and seed give the same answer, whatever the number of threads
GS_THREADS=1 "$gutskin" fit --example --warmup 60 --draws 60 --json >one.json 2>/dev/null
GS_THREADS=3 "$gutskin" fit --example --warmup 60 --draws 60 --json >three.json 2>/dev/null
cmp -s one.json three.json || { echo "FAILED: answers differ between 1 and 3 threads"; failed=1; }
check "another day" "$gutskin" log acne=5 stress=6
"$gutskin" report >out 2>err
grep -q "gutskin fit" err || { echo "FAILED: a changed diary must be said"; cat err; failed=1; }
refuse "unknown command" 2 "did you mean \"report\"" "$gutskin" reprot
exit $failed
