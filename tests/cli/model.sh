#!/bin/bash
# gutskin model check, show, compile: answers on stdout, one sentence on stderr, exit codes.
set -u
gutskin=$1 source=$2
room=$(mktemp -d) && trap 'rm -rf "$room"' EXIT && cd "$room" || exit 1
bad=0
fails() { echo "FAILED: $*"; bad=1; }
expect() { # code, text that stdout+stderr must contain, command...
    local code=$1 text=$2 out rc
    shift 2
    out=$("$@" 2>&1); rc=$?
    [ "$rc" = "$code" ] || fails "exit $rc, expected $code: $*: $out"
    case $out in *"$text"*) ;; *) fails "no \"$text\" in: $* -> $out" ;; esac
}

axis=$source/model/axis.gs
expect 0 "gut_skin_axis is right: 35 states," "$gutskin" model check "$axis"
expect 0 "24 states and 11 slaved ones" "$gutskin" model check --slave "$axis"
expect 0 "B' = r_B*B*(1 - B/niche_B)" "$gutskin" model show "$axis"
expect 2 "check, show or compile" "$gutskin" model
expect 2 "say which file" "$gutskin" model check
expect 2 "there is no \"model chekc\"" "$gutskin" model chekc "$axis"
expect 1 "nowhere.gs" "$gutskin" model check nowhere.gs
"$gutskin" model show --json "$axis" | grep -q '"observables": \[' || fails "show --json"

cat > tank.gs <<'END'
model tank "one tank"
lever inflow [L/d] range 0..10 habit 2
param k = 0.5 [1/d]
state v [L] = 4
    v' = inflow - k*v
see level [L] = v
END
expect 0 "tank is right: 1 states" "$gutskin" model check tank.gs
sed 's/inflow - /inflow*2 [d] - /' tank.gs > units.gs
expect 1 "units.gs:5:23: cannot subtract [L] and [L/d]" "$gutskin" model check units.gs
expect 1 '"line": 5, "column": 23' "$gutskin" model check --json units.gs
sed 's/inflow - k/inflov - k/' tank.gs > name.gs
expect 1 'name.gs:5:10: there is no `inflov`; did you mean `inflow`?' "$gutskin" model check name.gs
head -c 3000 /dev/urandom > noise.gs
"$gutskin" model check noise.gs > /dev/null 2> said && fails "noise was accepted"
[ "$(wc -l < said)" = 1 ] || fails "more than one line about noise: $(cat said)"

"$gutskin" model compile tank.gs > tank.c || fails "compile"
"$gutskin" model compile -o again.c tank.gs || fails "compile -o"
cmp -s tank.c again.c || fails "two compilations differ"
grep -q 'gs_kernel \*gs_model_kernel(void)' tank.c || fails "symbol of the C code"

expect 0 "vector gs_model_kernel_rate(vector z, vector theta, vector lever)" \
    "$gutskin" model compile --stan tank.gs
expect 2 "one of the two" "$gutskin" model compile --stan --so -o x.so tank.gs

# with a compiler: a shared object that can be looked at like the file
if ${CC:-cc} --version > /dev/null 2>&1; then
    "$gutskin" model compile --so -o tank.so tank.gs || fails "compile --so"
    expect 0 "tank is right: 1 states" "$gutskin" model check tank.so
    # a scenario does not know which of the two it runs
    echo "days 20" > plain.scn
    "$gutskin" simulate --json --model tank.gs plain.scn > interpreted &&
        "$gutskin" simulate --json --model ./tank.so plain.scn > compiled ||
        fails "simulate --model"
    cmp -s interpreted compiled || fails "interpreted and compiled runs differ"
    expect 1 "no model object" "$gutskin" model check "$(echo /lib/*/libm.so.6 | cut -d' ' -f1 |
        { read -r m; cp "$m" libm.so; echo libm.so; })"
    echo "not an object" > text.so
    expect 1 "cannot be loaded" "$gutskin" model check text.so
    CC=no-such-compiler expect 1 'no C compiler `no-such-compiler`' \
        "$gutskin" model compile --so -o x.so tank.gs
fi
exit $bad
