#!/usr/bin/env bash
# A whole experiment: diary, fit, suggest, plan, start, days lived and logged, analyse,
# export; once where the change helps and once where it does nothing; then blinded ones,
# pauses, changes on record, tampering.  Usage: experiment.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1 source=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export GS_PROGRESS=0
failed=0
bad() { echo "FAILED: $*"; cat out err 2>/dev/null | head -40; failed=1; }
check() { local what=$1; shift; "$@" >out 2>err || bad "$what: $*"; }
refuse() { # refuse WHAT CODE PATTERN COMMAND...
    local what=$1 code=$2 pattern=$3 got
    shift 3
    "$@" >out 2>err
    got=$?
    [ $got -eq "$code" ] && grep -q -- "$pattern" err || bad "$what: exit $got, wanted $code and \"$pattern\": $*"
}
has() { grep -q -- "$2" out || bad "$1: no \"$2\""; }
exp="$gutskin experiment"

# ---- a person with rosacea whose flush triggers come and go; GAIN is what they do to them
person() { # person DAYS GAIN [TRIAL LINES]
    cat <<SCN
days $1
person Ada rosacea
    gain_flush $2
    flush_trigger varies sd 0.15 memory 0.3
flush_trigger 0.6
$3
diary Ada
    starts 2025-03-01
    score rosacea 0-10 usual 5 wander 0.5 over 3 days noise 0.25
    note flush_trigger to 0.1
SCN
}
live() { # live GAIN: the days of the trial under the order that was drawn, into the diary
    local lines
    lines=$(python_free_schedule)
    person 180 "$1" "$lines" >full.scn
    check "simulate the trial" "$gutskin" simulate full.scn --diary full.csv
    check "import the trial" "$gutskin" import full.csv
}
python_free_schedule() { # the plan's periods of B as scenario lines; day 61 is the first day
    sed 's/\\n/\n/g' plan.json | awk '$1 == "period" && $6 == "B" {
        printf "flush_trigger 0.3 from day %d to %d\n", 61 + $2, 60 + $2 + $3 }'
}
day() { date -u -d "2025-03-01 +$(($1 - 1)) days" +%F; }

for gain in 2.5 0; do
    export GUTSKIN_DIARY=$dir/d$gain.db
    check "init" "$gutskin" init
    person 60 $gain "" >pre.scn
    check "simulate" "$gutskin" simulate pre.scn --diary pre.csv
    check "import" "$gutskin" import pre.csv
    plan="plan --lever flush_trigger --weeks 16 --smallest 1 --name t --seed 11 --quick"
    refuse "no plan yet" 1 "no experiment yet" $exp today
    [ $gain = 0 ] || { check "suggest before a fit" $exp suggest --sims 100; has "suggest" "no sound fit"; }
    check "plan" $exp $plan --json --today "$(day 60)" --harm-above 9.5
    cp out plan.json
    refuse "a second plan of that name" 1 "never overwritten" $exp $plan --today "$(day 60)"
    refuse "an analysis before the start" 1 "not begun" $exp analyse
    refuse "a start in the past" 1 "past" $exp start --today "$(day 70)" --on "$(day 61)"
    check "start" $exp start --today "$(day 60)" --on "$(day 61)"
    refuse "a second start" 1 "begun already" $exp start
    check "today" $exp today --today "$(day 61)"; has "today" "day 1 of 112"
    check "calendar" $exp calendar
    live $gain
    refuse "a lapse without a reason" 1 "reason" $exp log --today "$(day 90)" --kept no
    check "a lapse" $exp log --today "$(day 90)" --kept partly --reason "a wedding"
    refuse "tomorrow cannot be logged" 1 "not come" $exp log --today "$(day 90)" --date tomorrow --kept yes
    check "check" $exp check --today "$(day 91)"; has "check" "a wedding"
    check "analyse" $exp analyse --json --no-axis --today "$(day 200)"
    cp out result.json
    grep -m1 '"verdict"' out | grep -q '"works"'  && works=1 || works=0
    if [ $gain != 0 ]; then
        [ $works = 1 ] || bad "a strong trigger was not found"
    else
        [ $works = 0 ] || bad "nothing was found to work"
    fi
done

# ---- export computes again to the same numbers
export GUTSKIN_DIARY=$dir/d2.5.db
check "export" $exp export --no-axis --today "$(day 200)"
for f in plan.json schedule.txt data.csv events.tsv results.json page.html again.sh README.txt; do
    [ -s t-export/$f ] || bad "export: no $f"
done
hash=$(sha256sum t-export/plan.json | cut -c1-64)
grep -q "$hash" t-export/README.txt || bad "export: the plan's hash is not that of its file"
refuse "an export is not overwritten" 1 "there already" $exp export --today "$(day 200)"
(cd t-export && GUTSKIN=$gutskin sh again.sh --json) >again.json 2>err || bad "again.sh"
same() { tr -d ' \n' <$1 | grep -o '"model_free":{[^}]*}' | head -1; }
[ -n "$(same again.json)" ] && [ "$(same again.json)" = "$(same t-export/results.json)" ] ||
    bad "again.sh gives other numbers: $(same again.json) / $(same t-export/results.json)"

# ---- tampering is found out
cp d2.5.db other.db
cp d2.5.db cut.db
if command -v python3 >/dev/null; then
    python3 - <<'PY'
import sqlite3
c = sqlite3.connect("other.db")
c.execute("UPDATE plan SET text = replace(text, 'period 7', 'period 8')")
c.execute("UPDATE plan SET text = text || ' '")
c.commit()
c = sqlite3.connect("cut.db")
c.execute("DELETE FROM plan_event WHERE id = (SELECT max(id) FROM plan_event)")
c.commit()
PY
    GUTSKIN_DIARY=$dir/other.db refuse "an edited plan" 1 "changed after" $exp analyse --today "$(day 200)"
    GUTSKIN_DIARY=$dir/cut.db refuse "an end cut off" 1 "cut off" $exp check --today "$(day 200)"
fi

# ---- pause, change, resume, stop; harm
check "another plan" $exp plan --lever flush_trigger --weeks 16 --smallest 1 --name u --seed 3 --quick --today "$(day 181)" --harm-above 4 --harm-days 2
check "stop the first" $exp stop t --why "done" --today "$(day 181)"
check "start it" $exp start u --today "$(day 181)"
refuse "a pause needs a reason" 1 "why" $exp pause u --today "$(day 182)"
check "pause" $exp pause u --why flu --today "$(day 182)"; has "pause" "PAUSED"
check "resume" $exp resume u --why well --today "$(day 184)"
check "change" $exp change u --what "tea instead of coffee" --why "headache" --today "$(day 184)"
check "score" "$gutskin" log --date "$(day 185)" rosacea=8
check "score" "$gutskin" log --date "$(day 186)" rosacea=9
check "harm pauses" $exp today u --today "$(day 187)"; has "harm" "PAUSED"; grep -q "above the bound" err || bad "harm is said"
check "paused is listed" $exp list --today "$(day 187)"; has "list" "paused"

# ---- blinded: the key stays away, another key is refused, the right one opens
check "blinded" $exp plan --lever probiotic --outcome rosacea --weeks 16 --smallest 1 --name b --blinded --key key.json --quick --today "$(day 190)"
[ "$(stat -c %a key.json)" = 600 ] || bad "a key that others can read: $(stat -c %a key.json)"
refuse "a key is not overwritten" 1 "never overwritten" $exp plan --lever probiotic --weeks 16 --smallest 1 --name c --blinded --key key.json --quick --today "$(day 190)"
check "stop u" $exp stop u --why "harm" --today "$(day 190)"
check "start b" $exp start b --today "$(day 190)"
check "today b" $exp today b --today "$(day 200)"; has "blinded today" "from"
grep -q "Today: [AB]" out && bad "a blinded order was shown"
refuse "no peeking" 1 "second person" $exp analyse b --today "$(day 220)"
refuse "no reveal before the end" 1 "not over" $exp reveal key.json b --today "$(day 220)"
sed 's/"secret": "./"secret": "x/' key.json >forged.json
refuse "a forged key" 1 "does not open" $exp reveal forged.json b --today "$(day 320)"
check "the key" $exp reveal key.json b --today "$(day 320)"; has "reveal" "committed"

# ---- what is refused
refuse "a medicine" 1 "medicine" $exp plan --lever steroid
refuse "an unknown lever" 1 "did you mean \"sugar\"" $exp plan --lever suger
refuse "too short" 1 "too short" $exp plan --lever fermented --weeks 4 --today "$(day 320)"
refuse "food in a child" 1 "doctor or dietitian" $exp plan --lever dairy --weeks 30 --child --today "$(day 320)"
refuse "a hidden diet" 1 "placebo" $exp plan --lever fat --weeks 16 --blinded --key k2 --today "$(day 320)"
refuse "an unknown verb" 2 "did you mean \"plan\"" $exp plam
refuse "no lever" 2 "lever" $exp plan
exit $failed
