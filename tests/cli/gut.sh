#!/usr/bin/env bash
# Stool results as a person uses them.  Usage: gut.sh GUTSKIN SOURCE_DIR
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
nothing_stored() { # the diary is as it was
    "$gutskin" export >now.csv 2>/dev/null
    cmp -s now.csv "${2:-none.csv}" || wrong "$1: something was stored"
}
"$gutskin" init >/dev/null 2>&1
"$gutskin" export >none.csv

# a Kraken report of 1,000 reads
printf '%s\n' " 10.00|100|100|U|0|unclassified" " 90.00|900|0|R|1|root" " 89.00|890|0|D|2|  Bacteria" \
    " 50.00|500|500|G|816|    Bacteroides" " 30.00|300|300|G|853|    Faecalibacterium" \
    "  9.00|90|90|G|561|    Escherichia" "  1.00|10|10|S|9606|  Homo sapiens" | tr '|' '\t' >one.report.txt

run "what it is" 0 "Kraken report" "$gutskin" gut one.report.txt
run "human reads are shown" 0 "human  *10  *1.0%" "$gutskin" gut one.report.txt
run "reads without a place are shown" 0 "not placed  *100  *10.0%" "$gutskin" gut one.report.txt
run "guilds" 0 "butyrate makers  *33.7%" "$gutskin" gut one.report.txt
run "as JSON" 0 '"human": 10' "$gutskin" gut --json one.report.txt
python3 -c 'import json,sys; json.load(open("out"))' 2>/dev/null || ! command -v python3 >/dev/null || wrong "JSON does not parse"
run "formats" 0 "biom-hdf5" "$gutskin" gut --formats
run "help" 0 "Examples" "$gutskin" gut --help
run "no file" 2 "name a file" "$gutskin" gut
run "unknown option" 2 "unrecognized" "$gutskin" gut --colour x
run "no such file" 1 "cannot be opened" "$gutskin" gut nowhere.tsv

# into the diary
run "a day is wanted" 2 "date" "$gutskin" gut import one.report.txt
run "kept" 0 "kept as the profile of me of 2026-01-10" "$gutskin" gut import --date 2026-01-10 one.report.txt
"$gutskin" export >kept.csv
grep -q "2026-01-10,,butyrate_share,0.337" kept.csv || wrong "no butyrate share in the diary"
run "the same again changes nothing" 0 "already" "$gutskin" gut import --date 2026-01-10 one.report.txt
nothing_stored "the same again" kept.csv
sed 's/\t500\t500\tG/\t400\t400\tG/; s/ 50.00/ 40.00/; s/ 89.00\t890/ 79.00\t790/; s/ 90.00\t900/ 80.00\t800/; s/ 10.00\t100\t100/ 20.00\t200\t200/' one.report.txt >two.report.txt
run "another of that day" 1 "already" "$gutskin" gut import --date 2026-01-10 two.report.txt
nothing_stored "another of that day" kept.csv
run "in its place" 0 "kept" "$gutskin" gut import --date 2026-01-10 --replace two.report.txt
run "undo" 0 "took back profile" "$gutskin" undo
nothing_stored "undo restores what was replaced" kept.csv
run "import finds out by itself" 0 "kept as the profile of Ann" "$gutskin" import --date 2026-02-01 --person Ann one.report.txt
run "and asks for the day" 1 "say with --date" "$gutskin" import one.report.txt
run "export as JSON" 0 '"profiles": \[' "$gutskin" export --json
run "export as a table" 0 "me 2026-01-10" "$gutskin" export --profiles
cp out again.tsv
run "which reads back" 0 "kept" "$gutskin" gut import --date 2026-01-10 --person Bob --sample "me 2026-01-10" again.tsv
"$gutskin" export --person Bob | grep -q "butyrate_share,0.337" || wrong "another share after the way out and in"
run "forget" 0 "forgot me" "$gutskin" forget --person me --yes
run "forgotten profiles too" 0 "Ann" "$gutskin" export --profiles
grep -q "me 2026" out && wrong "a forgotten person's profile is still there"
"$gutskin" forget --everybody --yes >/dev/null
grep -q Faecalibacterium d.db && wrong "a forgotten profile's names are still in the file"
nothing_stored "all forgotten"

# bad input: a sentence, exit 1, nothing stored
refuse() { # WHAT WORDS FILE
    run "$1" 1 "$2" "$gutskin" gut "$3"
    [ "$(wc -l <err)" = 1 ] || wrong "$1: more than one sentence"
    run "$1, import" 1 "$2" "$gutskin" gut import --date 2026-01-10 "$3"
    nothing_stored "$1"
}
printf '#OTU ID\ts1\ttaxonomy\no1\t10\tk__Bacteria; g__Blautia\n' >few.tsv
refuse "ten reads" "10 reads" few.tsv
printf 'taxon\ts1\nBlautia\t-5\nDorea\t300\n' >negative.tsv
refuse "negative" "from 0 up" negative.tsv
printf 'taxon\ts1\nBlautia\t50.5\nDorea\t300\n' >fraction.tsv
refuse "fractional" "whole number" fraction.tsv
printf 'taxon\ts1\nBlautia\t0.3\nDorea\t0.2\n' >sum.tsv
refuse "shares that do not sum" "sum to 0.5" sum.tsv
printf 'taxon\ts1\nBlautia\t500\nBlautia\t300\n' >twice.tsv
refuse "a taxon twice" "twice" twice.tsv
printf 'taxon\tpalm\nCutibacterium\t600\nStaphylococcus\t200\nCorynebacterium\t100\nMicrococcus\t50\nAnaerococcus\t40\n' >palm.tsv
refuse "a palm" "looks like skin, not like stool" palm.tsv
run "a palm, if one insists" 0 "skin, not stool" "$gutskin" gut --any-site palm.tsv
head -3 one.report.txt >cut.report.txt
refuse "a report cut off" "cut off" cut.report.txt
printf 'PK\003\004 nothing' >x.qza
refuse "half an archive" "damaged zip" x.qza
head -c 100 /dev/urandom >noise.biom
refuse "noise" "." noise.biom
exit $failed
