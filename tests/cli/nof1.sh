#!/usr/bin/env bash
# gutskin nof1: examples, formats, broken tables.  Usage: nof1.sh GUTSKIN SOURCE_DIR
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
ex=$source/examples/nof1

want "a cream that works (planted: 1.5)" 0 "^cream works for you" out \
    "$gutskin" nof1 "$ex/cream.csv" --design pairs --worth 1
want "its design is said" 0 "6 pairs of 7-day periods" out "$gutskin" nof1 "$ex/cream.csv"
want "one that does nothing" 0 "cannot say" out "$gutskin" nof1 "$ex/photos.csv"
grep -q "2 raters" out || { echo "FAILED: raters are not spoken of"; failed=1; }
want "many people" 0 "over 9 people" out "$gutskin" nof1 "$ex/capsule.csv"
want "one of them" 0 "^P3, severity" out "$gutskin" nof1 "$ex/capsule.csv" --only P3
grep -q "full dose" out || { echo "FAILED: doses are not spoken of"; failed=1; }
want "a page" 0 "CENT 12a" page.html "$gutskin" nof1 "$ex/cream.csv" --html page.html
command -v xmllint >/dev/null && { xmllint --noout page.html || failed=1; }
want "JSON" 0 '"verdict": "works"' out "$gutskin" nof1 "$ex/cream.csv" --json
cp out one
want "the same again" 0 '"verdict"' out env GS_THREADS=1 "$gutskin" nof1 "$ex/cream.csv" --json
cmp -s one out || { echo "FAILED: not the same on one thread"; failed=1; }
want "a file a person" 0 "over 2 people" out "$gutskin" nof1 "$ex/cream.csv" "$ex/cream.csv"
want "help" 0 "examples/nof1" out "$gutskin" nof1 --help

want "no file" 2 "which table" err "$gutskin" nof1
want "not there" 1 "nowhere.csv" err "$gutskin" nof1 nowhere.csv
want "no such column" 1 'did you mean "itch' err "$gutskin" nof1 "$ex/cream.csv" --outcome itchy
want "no such design" 1 "is no design" err "$gutskin" nof1 "$ex/cream.csv" --design star
want "a design that cannot be" 1 "could not have been drawn" err \
    "$gutskin" nof1 "$ex/cream.csv" --design alternate
want "a washout too long" 1 "leaves nothing" err "$gutskin" nof1 "$ex/cream.csv" --washout 7
want "a scale too short" 1 "outside the scale" err "$gutskin" nof1 "$ex/cream.csv" --scale 0-3
want "no such person" 1 "no person" err "$gutskin" nof1 "$ex/capsule.csv" --only Q
printf 'day,arm,itch\n1,A,3\n2,A,2\n3,A,4\n' >one.csv
want "one phase" 1 "one treatment only" err "$gutskin" nof1 one.csv
[ -s out ] && { echo "FAILED: an analysis that the data cannot carry"; failed=1; }
printf 'day,arm,itch\n1,A,3\n2,A,2\n3,B,4\n4,B,3\n' >few.csv
want "too few days" 1 "3 of each" err "$gutskin" nof1 few.csv
{ echo 'day,arm,itch'; for i in $(seq 1 12); do echo "$i,$((i % 2)),3"; done; } >flat.csv
want "never varies" 1 "same on every day" err "$gutskin" nof1 flat.csv
{ echo 'day,arm,itch'; for i in $(seq 1 16); do echo "$i,$((i > 8)),$((i * 7 % 5 + (i > 8)))"; done; } >two.csv
want "two phases: no model-free verdict" 0 "only 2 orders" out "$gutskin" nof1 two.csv
exit $failed
