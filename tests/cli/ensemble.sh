#!/bin/bash
# gutskin ensemble: the same people alone and over MPI; a run that was killed goes on.
set -u
gutskin=$1 source=$2 mpiexec=${3:-}
room=$(mktemp -d) && trap 'rm -rf "$room"' EXIT && cd "$room" || exit 1
export ASAN_OPTIONS=detect_leaks=0 # MPI's own
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
bad=0
fails() { echo "FAILED: $*"; bad=1; }
expect() { # code, text that stdout+stderr must contain, command...
    local code=$1 text=$2 out rc
    shift 2
    out=$("$@" 2>&1); rc=$?
    [ "$rc" = "$code" ] || fails "exit $rc, expected $code: $*: $out"
    case $out in *"$text"*) ;; *) fails "no \"$text\" in: $* -> $out" ;; esac
}
cat > life.scn <<'END'
scenario "less sugar"
days 20
person Ada acne
glycaemic 0.6 from day 3
watch signal_acne
END

"$gutskin" ensemble life.scn --people 300 --out alone.csv --svg life.svg > table || fails "alone"
grep -q "300 people drawn from the population, 300 followed to day 20" table || fails "table"
[ "$(wc -l < alone.csv)" = 3001 ] || fails "rows: $(wc -l < alone.csv)"
[ -e alone.csv.part ] && fails "the journal was left"
xmllint --noout life.svg || fails "svg"
# the table's median, by another route
want=$(awk -F, '$2 == 20 {print $3}' alone.csv | sort -g | awk '{x[NR] = $1} END {printf "%.4g", (x[NR / 2] + x[NR / 2 + 1]) / 2}')
awk -v want="$want" '$1 == 20 {exit !($4 == want)}' table || fails "median $want: $(grep '^ *20 ' table)"
"$gutskin" ensemble life.scn --people 20 --json | grep -q '"followed": 20' || fails "json"
expect 1 "life.scn" "$gutskin" ensemble no-life.scn
expect 1 "there is no \"Bob\"" "$gutskin" ensemble life.scn --person Bob
expect 2 "not a whole number" "$gutskin" ensemble life.scn --people -3
expect 1 "cannot be opened" "$gutskin" ensemble life.scn --people 10 --out no/folder.csv

# ended midway, it goes on
long="--people 2000 --days 40" # long enough to be ended midway
"$gutskin" ensemble life.scn $long --out whole.csv > /dev/null || fails "whole"
wait_for_piece() { # file: until a first piece is in it
    for _ in $(seq 1600); do
        [ -e "$1" ] && [ "$(stat -c %s "$1")" -gt 1000 ] && return 0
        sleep 0.005
    done
    fails "no piece came"
}
"$gutskin" ensemble life.scn $long --out again.csv > /dev/null 2>&1 & pid=$!
wait_for_piece again.csv.part
kill -9 $pid; wait $pid 2> /dev/null
[ -e again.csv ] && fails "a killed run left a result"
expect 1 "journal of another run" "$gutskin" ensemble life.scn --people 2001 --days 40 --out again.csv
expect 0 "pieces are done already" "$gutskin" ensemble life.scn $long --out again.csv
cmp whole.csv again.csv || fails "a continued run differs"

# many processes
many=$(dirname "$gutskin")/gutskin-mpi
if [ ! -x "$many" ] || [ -z "$mpiexec" ]; then
    echo "no MPI here: the runs over many processes were not tried"
    [ "${CI:-}" = true ] && fails "CI must have MPI"
    exit $bad
fi
[[ $("$mpiexec" --version 2>&1) == *Open* ]] && more=--oversubscribe || more=
for n in 2 4; do
    timeout 120 "$mpiexec" $more -n $n "$many" ensemble life.scn $long --out over$n.csv > table$n 2> said ||
        fails "$n processes: $(cat said)"
    cmp whole.csv over$n.csv || fails "$n processes give other numbers"
done
# one of them dies: the run ends and says so, the same command goes on
timeout 120 "$mpiexec" $more -n 4 "$many" ensemble life.scn $long --out broken.csv > /dev/null 2> said & pid=$!
victim=""
for _ in $(seq 400); do # found before the first piece is: there may not be many
    [ -z "$victim" ] || break
    victim=$(pgrep -f "gutskin-mpi ensemble life.scn $long --out broken.csv" | xargs -r ps -o pid=,comm= -p | awk '$2 ~ /^gutskin-mpi/ {print $1}' | tail -n 1)
done
wait_for_piece broken.csv.part
kill -9 "$victim" || fails "no process to kill"
wait $pid && fails "a run that lost a process ended as if well"
[ -s said ] || fails "nothing was said of the lost process"
[ -e broken.csv ] && fails "a broken run left a result"
sleep 0.3
timeout 120 "$mpiexec" $more -n 2 "$many" ensemble life.scn $long --out broken.csv > /dev/null 2> said ||
    fails "going on: $(cat said)"
grep -q "pieces are done already" said || fails "it began anew: $(cat said)"
cmp whole.csv broken.csv || fails "a continued run over processes differs"
"$mpiexec" $more -n 2 "$many" list > said 2>&1 && fails "list over processes"
grep -q 'only "ensemble"' said || fails "$(cat said)"
timeout 60 "$mpiexec" $more -n 3 "$many" ensemble nowhere.scn > said 2>&1 && fails "no scenario"
grep -q "nowhere.scn" said || fails "$(cat said)"
exit $bad
