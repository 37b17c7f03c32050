#!/usr/bin/env bash
# The diary's commands as a person uses them.  Usage: diary.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export GUTSKIN_DIARY=$dir/d.db
failed=0
wrong() { echo "FAILED: $*"; cat out err; failed=1; }
# run WHAT CODE PATTERN COMMAND...: exit code, and PATTERN in stdout or stderr
run() {
    local what=$1 code=$2 pattern=$3
    shift 3
    "$@" >out 2>err
    local got=$?
    [ $got -eq "$code" ] || wrong "$what: exit $got, not $code: $*"
    cat out err | grep -q -e "$pattern" || wrong "$what: no \"$pattern\": $*"
}
# same WHAT WANTED: stdout is exactly this
same() { [ "$(cat out)" = "$2" ] || wrong "$1: wanted
$2"; }

run "no diary yet" 1 "gutskin init" "$gutskin" list
run "a diary is made" 0 "made a diary" "$gutskin" init
run "a second time it is left alone" 0 "already" "$gutskin" init
[ "$(stat -c %a d.db)" = 600 ] || wrong "the diary is readable by others"

run "a day" 0 "" "$gutskin" log skin=4 stress=7 fibre=22g
same "what was written is said" "$(date +%F): skin 4, stress 7, fibre 22 g"
run "yesterday, decimal comma, tag" 0 "" "$gutskin" log --date yesterday water=1,5L probiotic itch=6/10
same "yesterday" "$(date -d yesterday +%F): water 1.5 L, probiotic, itch 6/10"
run "the same day again" 1 "already" "$gutskin" log skin=5
run "unless replaced" 0 "skin 5" "$gutskin" log skin=5 --replace
run "undo" 0 "took back" "$gutskin" undo
run "the old value stands again" 0 "skin=4" "$gutskin" list --last 1
run "a typing error" 2 "did you mean eczema" "$gutskin" log ezcema=4
run "an own name" 0 "moonphase 3" "$gutskin" log --own moonphase=3
run "out of range" 1 "0 to 10" "$gutskin" log itch=11
run "no number" 2 "number" "$gutskin" log itch=
run "nan" 2 "number" "$gutskin" log itch=nan
run "nothing" 2 "nothing to write" "$gutskin" log
run "tomorrow" 1 "future" "$gutskin" log --date "$(date -d tomorrow +%F)" itch=3
run "two readings" 1 "2026-11-23" "$gutskin" log --date 03/04/2026 itch=3
run "another scale" 0 "itch 3" "$gutskin" log --date 2020-01-05 --scale 0-4 itch=3
run "a red flag" 0 "RED FLAG, blood in the stool" "$gutskin" log blood_in_stool
run "a condition" 0 "condition eczema" "$gutskin" log condition=Neurodermitis
run "names" 0 "lesions_inflamed" "$gutskin" log --names
run "people" 0 "^me$" "$gutskin" list --people
run "batches" 0 "log" "$gutskin" list --batches
run "a missing person" 1 "--people" "$gutskin" list --person nobody

cat >my.csv <<'CSV'
Datum;Ekzem (0-10);Ballaststoffe [g];stress;Notiz
01.03.2024;4;22,5;7;"Regen; lang"
02.03.2024;5;;3;
31.03.2024;5;30;;
CSV
run "import" 0 "7 values taken from 3 lines, 1 person" "$gutskin" import --person Ann my.csv
run "import again" 0 "7 values were said before" "$gutskin" import --person Ann my.csv
run "standard input" 0 "7 values taken" "$gutskin" import --person Bob - <my.csv
gzip -k my.csv
run "gzip" 0 "7 values taken" "$gutskin" import --person Cy my.csv.gz
sed 's/;4;/;44;/; s/02.03.2024/lately/' my.csv >bad.csv
run "a bad file" 1 "nothing was stored: 2 of" "$gutskin" import --person Di bad.csv
grep -q "^bad.csv:2: Ekzem (0-10): .*44" err || wrong "line and column of the first"
grep -q "^bad.csv:3: Datum: .*lately" err || wrong "line and column of the second"
"$gutskin" list --people | grep -q Di && wrong "a bad file must leave no trace"
run "the good lines" 0 "4 values taken" "$gutskin" import --person Di --skip-bad bad.csv
run "no such file" 1 "nofile.csv" "$gutskin" import nofile.csv
run "no file named" 2 "name a CSV" "$gutskin" import
run "a wrong form" 2 "iso, dmy or mdy" "$gutskin" import --dates ymd my.csv

"$gutskin" export >all.csv
"$gutskin" export --person Ann --out ann.csv
run "a missing person's export" 1 "no person" "$gutskin" export --person nobody
export GUTSKIN_DIARY=$dir/again.db
run "an export reads back" 0 "taken" "$gutskin" import all.csv
"$gutskin" export >all2.csv
cut -d, -f1-7 all.csv >a; cut -d, -f1-7 all2.csv >b
cmp -s a b || wrong "the export of the import of an export differs"
export GUTSKIN_DIARY=$dir/d.db

run "forget asks" 2 "--yes" "$gutskin" forget --person Ann
run "forget" 0 "7 values erased" "$gutskin" forget --person Ann --yes
grep -aq Ann d.db d.db-wal 2>/dev/null && wrong "Ann is still in the file"
run "forget a stranger" 1 "no person" "$gutskin" forget --person Ann --yes
run "forget everybody" 0 "everybody" "$gutskin" forget --everybody --yes
run "an empty diary" 0 "nothing is written down" "$gutskin" list
run "nothing to take back" 1 "nothing to take back" "$gutskin" undo

# every command has --help with an example, and JSON where it answers
for verb in init log import list undo export forget; do
    run "$verb --help" 0 "Example" "$gutskin" $verb --help
    run "$verb with an unknown option" 2 "help" "$gutskin" $verb --nonsense
done
"$gutskin" log eczema=4 --json >1.json
"$gutskin" import my.csv --person Ann --json >2.json
"$gutskin" import bad.csv --person Di --json >3.json 2>/dev/null
"$gutskin" list --json >4.json
"$gutskin" list --json --batches >5.json
"$gutskin" list --json --people >6.json
"$gutskin" list --json --last 9 >7.json
"$gutskin" export --json >8.json
"$gutskin" undo --json >9.json
"$gutskin" init --json >10.json
"$gutskin" forget --everybody --yes --json >11.json
python=$(command -v python3 || true)
for f in ?.json ??.json; do
    [ -s $f ] || wrong "$f is empty"
    [ -z "$python" ] || "$python" -m json.tool $f >/dev/null 2>err || wrong "$f is no JSON"
done
exit $failed
