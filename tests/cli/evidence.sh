#!/usr/bin/env bash
# gutskin evidence: list, show, check, filters, misuse.  Usage: evidence.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1 source=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0
want() { # want WHAT CODE PATTERN FILE COMMAND...: exit code, and a pattern on FILE (out or err)
    local what=$1 code=$2 pattern=$3 file=$4
    shift 4
    "$@" >out 2>err
    local got=$?
    if [ $got -ne "$code" ] || ! grep -q -- "$pattern" "$file"; then
        echo "FAILED: $what: exit $got, wanted $code and \"$pattern\" on $file: $*"
        head -5 out err
        failed=1
    fi
}
table=$source/data/evidence/evidence.csv
rows=$(($(wc -l <"$table") - 1))

want "the shipped table holds" 0 "^$rows rows hold together" out "$gutskin" evidence check --form
want "with its sources" 0 "hold together" out \
    "$gutskin" evidence check "$table" --refs "$source/data/evidence/refs.bib"
want "list" 0 "smith2007ajcn-total" out "$gutskin" evidence list
[ "$(wc -l <out)" -eq "$rows" ] || { echo "FAILED: list has not $rows lines"; failed=1; }
want "filters" 0 "glycaemic" out "$gutskin" evidence list -c acne -l glycaemic -g excerpt --calibrating
grep -qv "acne .*glycaemic .*excerpt" out && { echo "FAILED: a row that was not asked for"; failed=1; }
want "show" 0 "43 men" out "$gutskin" evidence show smith2007ajcn-total
want "json" 0 '"id": "smith2007ajcn-total"' out "$gutskin" evidence show smith2007ajcn-total --json
python=$(command -v python3 || true)
[ -z "$python" ] || "$python" -m json.tool out >/dev/null || { echo "FAILED: not JSON"; failed=1; }
want "no such row" 1 "no row has the id" err "$gutskin" evidence show nothing-like-it
want "a lever mistyped" 2 'did you mean "stress"' err "$gutskin" evidence list --lever stres
want "a condition mistyped" 2 "warts" err "$gutskin" evidence list --condition warts
want "show what?" 2 "wants the id" err "$gutskin" evidence show
want "no file" 1 "nowhere.csv" err "$gutskin" evidence check nowhere.csv

# a table with one wrong number is refused at its line and column
sed '2s/-11.5,-21.8/-11.5,-1.8/' "$table" >wrong.csv
want "an interval that leaves out its estimate" 1 "wrong.csv:2: " err "$gutskin" evidence check wrong.csv --form
# a new row is taken
sed -n '1,2p' "$table" | sed '2s/^smith2007ajcn-total/mine-1/' >mine.csv
want "a row of one's own" 0 "^1 rows" out "$gutskin" evidence check mine.csv --form
want "is listed" 0 "^mine-1" out "$gutskin" evidence list --table mine.csv
want "a source that is not listed" 1 "is cited by the table" err \
    "$gutskin" evidence check mine.csv --refs /dev/null

# reruns: a published row, a new table in another shape, a page, JSON
quick="--draws 3 --people 2"
want "a rerun" 0 "contrast  published" out "$gutskin" evidence check mine.csv $quick
cat >new.csv <<'END'
id,condition,lever,intervention,dose,comparator,design,duration_weeks,outcome,outcome_unit,effect_type,effect,ci_low,ci_high,verified
new-1,acne,low_glycaemic_load,diet,,usual diet,RCT,2,inflamed lesions,lesions,mean_difference,-3,-6,0,excerpt
new-2,eczema,crystals,amethyst,,placebo,RCT,8,SCORAD,points,mean_difference,"a little, perhaps",,,memory
END
want "new rows" 0 "new-1 (does not calibrate): acne, glycaemic" out \
    "$gutskin" evidence check --table new.csv $quick --all --html page.html
grep -q "^new-2" out || { echo "FAILED: a row is not shown"; failed=1; }
grep -q "cannot be expressed: no lever of the axis is known by this name" out ||
    { echo "FAILED: no clear sentence for an unknown lever"; failed=1; }
grep -q "<svg" page.html || { echo "FAILED: no forest plot"; failed=1; }
grep -q "What would mend it: " out || { echo "FAILED: no word of what would mend it"; failed=1; }
# a careless row at the end of our own table: answered, and what was wrong is said
sed -n '1,2p' "$table" >more.csv
echo 'New One,,Eczema,Probiotics,,LGG,placebo,,,20,20,,RCT,12 weeks,SCORAD,points,,,,,,MD,-4,-7,-1,,,,,,no,,' >>more.csv
want "a careless row" 0 "^New One (does not calibrate): eczema, probiotic +1, 12 weeks" out \
    "$gutskin" evidence check more.csv $quick
grep -q "not as our own table wants it" out || { echo "FAILED: not said what was wrong"; failed=1; }
# the answer to a row does not hang on the rows beside it
"$gutskin" evidence check more.csv $quick --lever probiotic --json >one.json
grep '"id": "New One"' one.json -A 20 >a
"$gutskin" evidence check more.csv $quick --json | grep '"id": "New One"' -A 20 >b
cmp -s a b && [ -s a ] || { echo "FAILED: a row is foretold otherwise beside others"; failed=1; }
want "json of a check" 0 '"why_not": "no lever of the axis' out \
    "$gutskin" evidence check --table new.csv $quick --json
[ -z "$python" ] || "$python" -m json.tool out >/dev/null || { echo "FAILED: check is not JSON"; failed=1; }
want "no population" 1 "nothing.csv" err "$gutskin" evidence check --table new.csv --population nothing.csv
want "draws" 2 "whole number" err "$gutskin" evidence check --draws none
exit $failed
