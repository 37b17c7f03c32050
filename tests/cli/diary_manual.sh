#!/usr/bin/env bash
# The blocks of docs/diary.md do what the page says.  Usage: diary_manual.sh GUTSKIN SOURCE_DIR
#   ```csv takes N [with OPTION...]   imports, N values
#   ```csv refused                    nothing stored, exit 1
#   ```sh                             every line exits 0
set -u
gutskin=$1 page=$2/docs/diary.md
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0 n_block=0
gutskin() { "$gutskin" "$@"; }

one_block() { # one_block INFO, the text in the file block
    local info=$1 want got options
    export GUTSKIN_DIARY=$dir/block$n_block.db
    case $info in
    "csv takes "*)
        want=$(echo "$info" | cut -d' ' -f3)
        options=${info#*with }
        [ "$options" = "$info" ] && options=
        # shellcheck disable=SC2086
        "$gutskin" import --json $options block >out 2>err || { echo "FAILED: $info"; cat out err; failed=1; }
        got=$(grep -o '"values": [0-9]*' out | grep -o '[0-9]*$')
        [ "$got" = "$want" ] || { echo "FAILED: $info: $got values"; cat block out; failed=1; }
        ;;
    "csv refused")
        "$gutskin" import block >out 2>err
        [ $? -eq 1 ] && [ -z "$("$gutskin" list --people)" ] || { echo "FAILED: $info"; cat out err; failed=1; }
        ;;
    sh)
        while read -r line; do
            eval "$line" >out 2>err || { echo "FAILED: $line"; cat out err; failed=1; }
        done <block
        ;;
    *)
        echo "FAILED: a block of unknown kind: $info"
        failed=1
        ;;
    esac
}

while IFS= read -r line; do
    case $line in
    '```')
        one_block "$kind"
        n_block=$((n_block + 1))
        kind=
        ;;
    '```'*)
        kind=${line#\`\`\`}
        : >block
        ;;
    *)
        [ -n "${kind:-}" ] && printf '%s\n' "$line" >>block
        ;;
    esac
done <"$page"
[ $n_block -ge 7 ] || { echo "FAILED: only $n_block blocks found"; failed=1; }
exit $failed
