#!/usr/bin/env bash
# gutskin gut report, compare, distance, pcoa, series.  Usage: gut_numbers.sh GUTSKIN SOURCE_DIR
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
json() { # is out JSON?
    command -v python3 >/dev/null && { python3 -m json.tool out >/dev/null || { echo "FAILED: not JSON: $1"; failed=1; }; }
}

# two groups that differ in one genus, and a number that does not matter
awk 'BEGIN {
    srand(7)
    split("Bacteroides Faecalibacterium Escherichia Bifidobacterium Blautia Akkermansia", g, " ")
    printf "taxon"; for (s = 1; s <= 40; s++) printf "\tS%d", s; printf "\n"
    for (t = 1; t <= 6; t++) {
        printf "g__%s", g[t]
        for (s = 1; s <= 40; s++) printf "\t%d", (400 + 300 * rand()) * (t == 2 && s > 20 ? 0.3 : 1)
        printf "\n"
    }
}' >table.tsv
awk 'BEGIN { print "id\tskin\tage\tsex"; srand(3)
    for (s = 1; s <= 40; s++) printf "S%d\t%s\t%d\t%s\n", s, (s > 20 ? "eczema" : "none"), 20 + 40 * rand(), (s % 2 ? "f" : "m") }' >metadata.tsv

# metadata as people have it: marks, UTF-16, QIIME 2's second line, semicolons
printf '\xef\xbb\xbf' | cat - metadata.tsv | sed 's/$/\r/' >bom.tsv
{ head -1 metadata.tsv | sed 's/^id/#SampleID/'; printf '#q2:types\tcategorical\tnumeric\tcategorical\n'; tail -n +2 metadata.tsv; } >q2.tsv
tr '\t' ';' <metadata.tsv >semi.csv
{ printf '\xff\xfe'; iconv -f UTF-8 -t UTF-16LE q2.tsv; } >utf16.tsv
for m in bom.tsv q2.tsv semi.csv utf16.tsv; do
    want "metadata $m" 0 "40 samples: none 20, eczema 20" out "$gutskin" gut compare table.tsv --metadata $m --by skin --reference none --permutations 99
done
: >empty.tsv
want "empty metadata" 1 "is empty" err "$gutskin" gut compare table.tsv --metadata empty.tsv --by skin
{ cat q2.tsv; echo "S1	none	40	f"; } >twice.tsv
want "a sample twice" 1 "twice.tsv:43: sample \"S1\" stands here twice" err "$gutskin" gut compare table.tsv --metadata twice.tsv --by skin

want "report" 0 "percentile (another day)" out "$gutskin" gut report table.tsv --sample S1 --method 16s-closed --age 34
grep -q "No score of skin risk" out || { echo "FAILED: the report does not say what it does not know"; failed=1; }
want "no method, no percentile" 0 "No percentiles" out "$gutskin" gut report table.tsv --sample S1
want "infant" 0 "infants about 7 months" out "$gutskin" gut report table.tsv --sample S1 --method 16s-closed --age 7mo
want "report as JSON" 0 '"percentile"' out "$gutskin" gut report table.tsv --sample S1 --method 16s-closed --json
json report
want "report as a page" 0 "Shannon" out "$gutskin" gut report table.tsv --sample S1 --method 16s-closed --html page.html
grep -q "<svg" page.html || { echo "FAILED: a page without figures"; failed=1; }
want "which sample" 1 "S1" err "$gutskin" gut report table.tsv
want "an age that is none" 2 "age" err "$gutskin" gut report table.tsv --sample S1 --age old
want "a broken tree" 1 "tree.nwk:2:" err bash -c "echo '(g__Bacteroides:1,(x:2' >tree.nwk; '$gutskin' gut report table.tsv --sample S1 --tree tree.nwk"
want "a tree of something else" 1 "no tips of the tree" err bash -c "echo '(a:1,b:2);' >tree.nwk; '$gutskin' gut report table.tsv --sample S1 --tree tree.nwk"

want "compare finds what was made" 0 "Faecalibacterium  *-1.000" out "$gutskin" gut compare table.tsv --by skin
want "adjusted" 0 "adjusted for age and its square, sex" out "$gutskin" gut compare table.tsv --by skin --adjust age,sex
want "compare as JSON" 0 '"contrasts"' out "$gutskin" gut compare table.tsv --by skin --json
json compare
want "a column mistyped" 1 'did you mean "skin"' err "$gutskin" gut compare table.tsv --by skinn
want "a group that is not there" 1 'no group "acne"' err "$gutskin" gut compare table.tsv --by skin --reference acne
want "no groups" 2 "compare what" err "$gutskin" gut compare table.tsv
want "a group of one" 1 "fewer than 5" err bash -c "sed 's/^S3\tnone/S3\tacne/' metadata.tsv >m.tsv; '$gutskin' gut compare table.tsv --by skin --metadata m.tsv"
want "metadata of other samples" 1 "none of the table" err bash -c "printf 'id\tskin\nX\tnone\n' >m.tsv; '$gutskin' gut compare table.tsv --by skin --metadata m.tsv"

want "distance" 0 "^S1	0	" out "$gutskin" gut distance table.tsv
want "distance as JSON" 0 '"distance"' out "$gutskin" gut distance table.tsv --metric aitchison --json
json distance
want "UniFrac wants a tree" 1 "needs a tree" err "$gutskin" gut distance table.tsv --metric unifrac
want "UniFrac" 0 "^S1	0	" out bash -c "echo '((g__Bacteroides:1,g__Faecalibacterium:2):1,(g__Escherichia:1,g__Bifidobacterium:1):2,(g__Blautia:1,g__Akkermansia:3):1);' >t.nwk; '$gutskin' gut distance table.tsv --metric weighted-unifrac --tree t.nwk"
want "axes" 0 "^#share" out "$gutskin" gut pcoa table.tsv --svg map.svg --by skin --mark S1
grep -q "<circle" map.svg || { echo "FAILED: an empty map"; failed=1; }
want "pcoa as JSON" 0 '"share"' out "$gutskin" gut pcoa table.tsv --json
json pcoa

# a series: one person, daily, with a genus knocked down on days 20 to 30
awk 'BEGIN { srand(5); printf "taxon"; for (d = 1; d <= 60; d++) printf "\tD%d", d; printf "\n"
    split("Bacteroides Faecalibacterium Blautia Akkermansia", g, " ")
    for (t = 1; t <= 4; t++) { printf "g__%s", g[t]
        for (d = 1; d <= 60; d++) printf "\t%d", (500 + 200 * rand()) * (t == 2 && d >= 20 && d <= 30 ? 0.2 : 1)
        printf "\n" } }' >series.tsv
awk 'BEGIN { print "sample\tperson\tday"; for (d = 1; d <= 60; d++) printf "D%d\tme\t%d\n", d, d }' >samples2.tsv
want "series" 0 "butyrate makers .* p 0\|butyrate makers .* p [0-9.]*e-" out \
    "$gutskin" gut series series.tsv --metadata samples2.tsv --from 20 --to 30 --svg series.svg
want "series page" 0 "samples" out "$gutskin" gut series series.tsv --metadata samples2.tsv --from 20 --to 30 --html series.html
for words in "A gut through time" "shaded are days 20 to 30" "butyrate makers, %" s0-narrow-t; do
    grep -q "$words" series.html || { echo "FAILED: series page lacks \"$words\""; failed=1; }
done
grep -qE "[^a-z](nan|inf)[^a-z]" series.html && { echo "FAILED: no number in the series page"; failed=1; }
grep -q "<path\|<polyline" series.svg || { echo "FAILED: an empty series"; failed=1; }
want "series as JSON" 0 '"people"' out "$gutskin" gut series series.tsv --metadata samples2.tsv --json
json series
want "a day that is none" 1 "is no day" err bash -c "sed 's/\t7$/\tmonday/' samples2.tsv >m.tsv; '$gutskin' gut series series.tsv --metadata m.tsv"
want "half a window" 2 "go together" err "$gutskin" gut series series.tsv --metadata samples2.tsv --from 20

# the published comparison of American Gut (its README: R2 0.0009, Phascolarctobacterium -0.18)
real=$source/../shared/data/american_gut/genus_counts_even10k.tsv.gz
if [ -r "$real" ]; then
    want "American Gut" 0 "whole community: R2 0.0009" out \
        "$gutskin" gut compare "$real" --by skin --reference none --rows --adjust age,sex,bmi,antibiotics
    grep -q "1 of 94 genera at q < 0.05" out && grep -q "Phascolarctobacterium  *-0.180" out ||
        { echo "FAILED: not American Gut's published genera"; failed=1; }
else
    echo "../shared/data is not there: American Gut was not compared"
fi
exit $failed
