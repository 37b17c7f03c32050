#!/usr/bin/env bash
# gutskin trial: tables, JSON, pictures, pages, and complaints.
# Usage: trial.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1 source=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export GS_PROGRESS=0
failed=0
fail() {
    echo "FAILED: $*"
    head -c 2000 out err
    failed=1
}
check() { # check WHAT COMMAND...: must succeed
    local what=$1
    shift
    "$@" >out 2>err || fail "$what: $*"
}
refuse() { # refuse WHAT CODE PATTERN COMMAND...: exit code and one sentence on stderr
    local what=$1 code=$2 pattern=$3
    shift 3
    "$@" >out 2>err
    local got=$?
    [ $got -eq "$code" ] && grep -q -- "$pattern" err || fail "$what: exit $got: $*"
}
has() { # has WHAT PATTERN: the last answer contains it
    grep -q -- "$2" out || fail "$1: no \"$2\" in the answer"
}
designs=$source/examples/trials
few="--people 24 --draws 2 --trials 20 --sizes 40,80"

for d in "$designs"/*.trial; do
    check "$d" "$gutskin" trial "$d" --check
    has "$d" "can be run"
done
check "table" "$gutskin" trial "$designs/acne-glycaemic-load.trial" $few
has "table" "planned"
has "table" "no forecast"
check "page" "$gutskin" trial "$designs/psoriasis-uvb.trial" $few --html p.html --svg a.svg
[ -s out ] && fail "page: something on stdout"
xmllint --noout p.html a.svg >out 2>err || fail "page or picture is not XML"
grep -q "http-equiv" p.html && ! grep -q "<script" p.html || fail "page loads something"
check "json" "$gutskin" trial "$designs/rosacea-rifaximin.trial" $few --json
cp out one.json
check "json again" "$gutskin" trial "$designs/rosacea-rifaximin.trial" $few --json
cmp -s out one.json || fail "the same seed gave another answer"
check "one thread" env GS_THREADS=1 "$gutskin" trial "$designs/rosacea-rifaximin.trial" $few --json
cmp -s out one.json || fail "one thread gave another answer"
check "another seed" "$gutskin" trial "$designs/rosacea-rifaximin.trial" $few --json --seed 2
cmp -s out one.json && fail "another seed gave the same answer"
if command -v python3 >/dev/null; then
    python3 - one.json <<'PY' || fail "JSON is not what it should be"
import json, sys
x = json.load(open(sys.argv[1]))
assert x["design"] == "crossover" and len(x["arms"]) == 2
assert [p["people"] for p in x["power"]["curve"]] == [40, 80]
d = [c for c in x["contrasts"] if c["primary"]][0]["difference"]
assert d["lo90"] <= d["mean"] <= d["hi90"] < 0, d
PY
fi
check "infancy" "$gutskin" trial "$designs/infancy-probiotic.trial" --people 4 --draws 1 --trials 4 --sizes 8
has "infancy" "incidence"

printf 'condition acne\nvisits week 0 12\noutcome lesions_inflamed\narm a\narm b\n glycemic 0.7\n' >bad.trial
refuse "misspelt" 1 'bad.trial:6:2: .*did you mean "glycaemic"' "$gutskin" trial bad.trial
refuse "no file" 1 'nowhere.trial' "$gutskin" trial nowhere.trial
refuse "no design" 2 'which design' "$gutskin" trial
refuse "sizes" 2 'ascending' "$gutskin" trial bad.trial --sizes 80,40
refuse "draws" 1 'too few' "$gutskin" trial "$designs/acne-glycaemic-load.trial" --people 10 --draws 9
exit $failed
