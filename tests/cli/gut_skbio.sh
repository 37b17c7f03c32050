#!/usr/bin/env bash
# gutskin gut against scikit-bio (python3-skbio of Debian), to 1e-10: distances, UniFrac and
# diversities of a small random table; without that package it is skipped. All of american_gut:
# bench/gut_numbers.c.  Usage: gut_skbio.sh GUTSKIN SOURCE_DIR
set -u
gutskin=$1
python=/usr/bin/python3
$python -c 'import skbio' 2>/dev/null || { echo "skipped: python3-skbio is not here"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
$python - <<'PY' || exit 1
import numpy as np
r = np.random.default_rng(11)
n, m = 9, 70
x = np.floor(r.lognormal(2, 2, (n, m)) * (r.random((n, m)) < 0.4)).astype(int)
tips = [f"{1001 + j}:{r.random() + 0.05:.5f}" for j in range(m)]
while len(tips) > 1:
    i, j = sorted(r.choice(len(tips), 2, replace=False))
    b = tips.pop(j)
    tips[i] = f"({tips[i]},{b}):{r.random():.5f}"
open("tree.nwk", "w").write(tips[0].rsplit(":", 1)[0] + ";\n")
with open("table.tsv", "w") as f:
    f.write("#OTU ID\t" + "\t".join(f"s{i}" for i in range(n)) + "\n")
    for j in range(m):
        f.write(f"{1001 + j}\t" + "\t".join(str(v) for v in x[:, j]) + "\n")
PY
for metric in bray-curtis jaccard unifrac weighted-unifrac; do
    "$gutskin" gut distance table.tsv --any-site --metric $metric --tree tree.nwk >$metric.tsv 2>err ||
        { echo "FAILED: $metric"; cat err; exit 1; }
done
for s in s0 s4 s8; do
    "$gutskin" gut report table.tsv --sample $s --tree tree.nwk --any-site --json >$s.json 2>err ||
        { echo "FAILED: report"; cat err; exit 1; }
done
$python - <<'PY'
import io, json, sys
import numpy as np
from skbio import TreeNode
from skbio.diversity import alpha_diversity, beta_diversity
lines = [l.rstrip("\n").split("\t") for l in open("table.tsv")]
ids, taxa = lines[0][1:], [l[0] for l in lines[1:]]
x = np.array([[int(v) for v in l[1:]] for l in lines[1:]]).T
tree = TreeNode.read(io.StringIO(open("tree.nwk").read()), convert_underscores=False)
ours = {}
for name in ("bray-curtis", "jaccard", "unifrac", "weighted-unifrac"):
    t = [l.rstrip("\n").split("\t") for l in open(name + ".tsv")]
    assert t[0][1:] == ids
    ours[name] = np.array([[float(v) for v in l[1:]] for l in t[1:]])
more = dict(otu_ids=taxa, tree=tree)
peer = {"bray-curtis": beta_diversity("braycurtis", x, ids).data,
        "jaccard": beta_diversity("jaccard", x > 0, ids).data,
        "unifrac": beta_diversity("unweighted_unifrac", x, ids, **more).data,
        "weighted-unifrac": beta_diversity("weighted_unifrac", x, ids, normalized=True, **more).data}
bad = 0
for name in peer:
    off = np.abs(ours[name] - peer[name]).max()
    print(f"{name}: off by {off:.2g}")
    bad += not off < 1e-10
for s in ("s0", "s4", "s8"):
    row = x[ids.index(s)]
    said = json.load(open(s + ".json"))
    row_values = said["rows"]
    want = {"shannon": alpha_diversity("shannon", [row], base=np.e)[0],
            "inv_simpson": alpha_diversity("enspie", [row])[0],
            "observed": alpha_diversity("observed_otus", [row])[0],
            "chao1": alpha_diversity("chao1", [row])[0],
            "faith": alpha_diversity("faith_pd", [row], **more)[0]}
    for k, v in want.items():
        off = abs(row_values[k] - v) / max(1, abs(v))
        if not off < 1e-10:
            print(f"{s} {k}: ours {row_values[k]!r}, scikit-bio {v!r}")
            bad += 1
sys.exit(1 if bad else 0)
PY
