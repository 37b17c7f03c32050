#!/usr/bin/env bash
# Two real data sets import as they are: every row accounted for, nothing refused, and
# an export holds as many values.  Usage: diary_real.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1
data=$2/../shared/data
if [ ! -r "$data/flaredown_skin/diary_long.tsv.gz" ] || [ ! -r "$data/psoriasis_uvb/uvb.tsv" ]; then
    echo "SKIPPED: the real data sets are not here"
    exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
number() { grep -o "\"$1\": [0-9]*" "$2" | head -1 | grep -o '[0-9]*$'; }
equal() { [ "$2" -eq "$3" ] || { echo "FAILED: $1: $2, not $3"; failed=1; }; }

# 64 people, PASI by week and UVB by session, one file after the other into one diary
export GUTSKIN_DIARY=$dir/uvb.db
uvb=$data/psoriasis_uvb
"$gutskin" import --json "$uvb/pasi.tsv" >"$dir/pasi.json" || failed=1
"$gutskin" import --json --sessions-per-week 3 "$uvb/uvb.tsv" >"$dir/uvb.json" || failed=1
equal "PASI values" "$(number values "$dir/pasi.json")" $(($(wc -l <"$uvb/pasi.tsv") - 1))
equal "doses" "$(number values "$dir/uvb.json")" $(($(wc -l <"$uvb/uvb.tsv") - 1))
people=$("$gutskin" list --people | wc -l)
equal "people" "$people" "$(tail -qn +2 "$uvb/pasi.tsv" "$uvb/uvb.tsv" | cut -f1 | sort -u | wc -l)"
# both files met in one person
"$gutskin" export --person P02 | grep -q ',0,pasi,14.8\|,0,pasi,' || { echo "FAILED: P02 has no PASI"; failed=1; }
"$gutskin" export --person P02 | grep -q ',2,uvb,0.53,J/cm2' || { echo "FAILED: P02 has no second session on day 2"; failed=1; }

# 25 people, 43,123 lines: scores, tags, treatments, joined names, empty names
export GUTSKIN_DIARY=$dir/flare.db
flare=$data/flaredown_skin/diary_long.tsv.gz
"$gutskin" import --json --scale '*=0-4' "$flare" >"$dir/flare.json" || failed=1
equal "lines" "$(number rows "$dir/flare.json")" $(($(zcat "$flare" | wc -l) - 1))
equal "refused" "$(number refused "$dir/flare.json")" 0
equal "people" "$(number people "$dir/flare.json")" "$(zcat "$flare" | tail -n +2 | cut -f1 | sort -u | wc -l)"
# an independent count: one value for each (person, day, name), names split at ';'
want=$(zcat "$flare" | tail -n +2 | awk -F'\t' '{
    what = $6 == "" ? $7 : $6
    n = split(what, name, ";")
    for (i = 1; i <= n; i++) seen[$1 SUBSEP $2 SUBSEP name[i]] = 1
} END { print length(seen) }')
equal "entries that stand" "$("$gutskin" export | tail -n +2 | wc -l)" "$want"
# an outcome's scores, straight from the file
want=$(zcat "$flare" | awk -F'\t' '$1 == "F02" && $6 == "psoriasis" && $8 != "" { n++; s += $8 } END { print n, s }')
got=$("$gutskin" export --person F02 | awk -F, '$4 == "psoriasis" { n++; s += $5 } END { print n, s }')
[ "$got" = "$want" ] || { echo "FAILED: psoriasis of F02: $got, not $want"; failed=1; }
exit $failed
