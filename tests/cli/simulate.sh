#!/usr/bin/env bash
# gutskin simulate: tables, JSON, CSV, pictures, synthetic diaries, and complaints.
# Usage: simulate.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1 source=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export GUTSKIN_DIARY=$dir/d.db GS_PROGRESS=0
failed=0
fail() {
    echo "FAILED: $*"
    cat out err
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
scenarios=$source/examples/scenarios

for s in "$scenarios"/*.scn; do
    check "$s" "$gutskin" simulate "$s" --every 28
    has "$s" "no forecast"
done
check "slaved" "$gutskin" simulate "$scenarios/acne-diet.scn" --slaved --days 30
check "own model" "$gutskin" simulate "$scenarios/acne-diet.scn" --model "$source/model/axis.gs" --days 10 --csv
cp out own.csv
check "shipped model" "$gutskin" simulate "$scenarios/acne-diet.scn" --days 10 --csv
# interpreted and compiled kernels may round differently in the last of nine digits
paste -d, own.csv out | awk -F, 'NR > 1 { for (i = 3; i <= 6; i++) { d = $i - $(i + 6);
    if (d > 2e-6 || d < -2e-6) exit 1 } n++ } END { exit n == 0 }' || fail "own model differs"
check "see" "$gutskin" simulate "$scenarios/acne-diet.scn" --see crp,L --days 14
has "see" "crp"
refuse "unknown name" 1 'did you mean "diversity"' "$gutskin" simulate "$scenarios/acne-diet.scn" --see divercity

check "json" "$gutskin" simulate "$scenarios/eczema-flare.scn" --json --days 40
has "json" '"unit"'
if command -v python3 >/dev/null; then
    python3 - out <<'PY' || fail "JSON is not what it should be"
import json, sys
x = json.load(open(sys.argv[1]))
assert len(x["people"]) == 3 and x["day"] == list(range(41)), x["day"]
y = {p["name"]: p["see"]["Y"]["value"] for p in x["people"]}
assert y["untreated"][40] > 0.3 > 0.1 > y["untreated"][0], "the flare"
assert y["sturdy"][40] < 0.3, "no flare"
PY
fi
check "svg" "$gutskin" simulate "$scenarios/eczema-flare.scn" --svg a.svg --png a.png
grep -q "<svg" a.svg || fail "no SVG"
head -c 8 a.png | grep -q PNG || fail "no PNG"
[ -s out ] && fail "a picture needs no table"

# the diary is a function of its seed, is labelled, and comes back through import
check "diary" "$gutskin" simulate "$scenarios/diary-example.scn" --diary one.csv
check "diary again" "$gutskin" simulate "$scenarios/diary-example.scn" --diary two.csv
cmp -s one.csv two.csv || fail "the same seed gives two diaries"
check "other seed" "$gutskin" simulate "$scenarios/diary-example.scn" --diary two.csv --seed 5
cmp -s one.csv two.csv && fail "another seed gives the same diary"
grep -q "^# simulated by gutskin" one.csv || fail "the diary is not labelled"
cmp -s one.csv "$source/examples/diary-example.csv" ||
    fail "examples/diary-example.csv is not what its scenario makes (has the model changed?);" \
        "make it anew: gutskin simulate examples/scenarios/diary-example.scn --diary" \
        "examples/diary-example.csv"
check "init" "$gutskin" init
check "import" "$gutskin" import one.csv
cat out err | grep -qi "refused" && fail "the diary's own lines are refused"
refuse "no diary" 1 'add a "diary"' "$gutskin" simulate "$scenarios/acne-diet.scn" --diary x.csv
[ -e x.csv ] && fail "a refused diary leaves no file"

# complaints
printf 'days 10\nfiber 3\n' >bad.scn
refuse "typo" 1 'bad.scn:2:1: .*did you mean "fibre"' "$gutskin" simulate bad.scn
printf 'days 10\nstress 7\n' >bad.scn
refuse "range" 1 'bad.scn:2:8: .*outside the range of stress' "$gutskin" simulate bad.scn
head -c 3000 /dev/urandom >bad.scn
refuse "binary" 1 'bad.scn' "$gutskin" simulate bad.scn
refuse "no file" 1 'nowhere.scn' "$gutskin" simulate nowhere.scn
refuse "no argument" 2 'which scenario' "$gutskin" simulate
refuse "two" 2 'second' "$gutskin" simulate a b
refuse "bad option" 2 'whole number' "$gutskin" simulate a --days soon
printf 'days 20\nfibre 30 from day 5\nwatch crp\n' | "$gutskin" simulate - >out 2>err || fail "stdin"
has "stdin" "typical adult"
exit $failed
