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
check "fit" "$gutskin" fit --example
grep -q "no answer" err && { echo "FAILED: the fit did not pass its checks"; cat err; failed=1; }
check "report" "$gutskin" report
grep -qi "not a medical device" out || { echo "FAILED: the report must say what it is not"; failed=1; }
grep -qi "simulated" out || { echo "FAILED: the example must be labelled"; failed=1; }
check "page" "$gutskin" report --html page.html
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
