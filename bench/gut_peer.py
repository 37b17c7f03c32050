#!/usr/bin/python3
"""The peer of bench/gut_numbers.c: the same numbers with scikit-bio and unifrac.

gut_peer.py FOLDER PERMUTATIONS [CASE...]: reads what gut_numbers.c left in FOLDER and writes
NAME.time (median wall and processor seconds) and NAME (results, float64)."""
import io, os, sys, time
import numpy as np

folder, n_perm = sys.argv[1], int(sys.argv[2])


def load(name, kind):
    return np.fromfile(os.path.join(folder, name), dtype=kind)


def save(name, x):
    np.asarray(x, dtype=np.float64).tofile(os.path.join(folder, name))


def timed(name, f, repeat=1):
    wall, used = [], []
    for _ in range(repeat):
        start, cpu = time.perf_counter(), time.process_time()
        out = f()
        wall.append(time.perf_counter() - start)
        used.append(time.process_time() - cpu)
    save(name + ".time", [np.median(wall), np.median(used)])
    print(f"peer {name}: {np.median(wall):.3f} s, processor {np.median(used):.3f} s", file=sys.stderr)
    return out


wanted = sys.argv[3:]


def want(*names):
    return not wanted or any(name in wanted for name in names)


from scipy.sparse import csr_matrix
from skbio import TreeNode
from skbio.diversity import alpha_diversity, beta_diversity
from skbio.stats.distance import DistanceMatrix, permanova
from skbio.stats.ordination import pcoa

n, m, k = load("size", np.uint64)
x = csr_matrix((load("val", np.float64), load("col", np.uint32).astype(np.int64), load("start", np.uint64).astype(np.int64)),
               shape=(int(n), int(m)))
counts = x.toarray().astype(int)
ids = [str(i) for i in range(int(n))]
taxa = open(os.path.join(folder, "ids")).read().split("\n")[:-1]
tree_text = open(os.path.join(folder, "tree.nwk")).read()
tree = TreeNode.read(io.StringIO(tree_text), convert_underscores=False)


def five():
    h = alpha_diversity("shannon", counts, ids, base=np.e)
    return [h] + [alpha_diversity(name, counts, ids) for name in ("enspie", "observed_otus", "chao1", "pielou_e")]


if want("alpha5"):
    save("alpha", np.concatenate(timed("alpha5", five, 3)))
if want("faith"):
    save("faith", timed("faith", lambda: alpha_diversity("faith_pd", counts, ids, otu_ids=taxa, tree=tree)))
if want("jaccard"):
    save("jaccard", timed("jaccard", lambda: beta_diversity("jaccard", counts > 0, ids)).data)
if want("bray-curtis", "permanova", "permanova-halves", "pcoa10"):
    d = timed("bray-curtis", lambda: beta_diversity("braycurtis", counts, ids))
    save("bray-curtis", d.data)
for g, name in enumerate(("permanova", "permanova-halves")):
    if not want(name):
        continue
    group = [str(v) for v in load(f"group{g}", np.uint32)]
    r = timed(name, lambda: permanova(d, group, permutations=n_perm))
    save(f"f{g}", [r["test statistic"]])
    save(f"p{g}", [r["p-value"]])
if want("pcoa10"):
    save("eigen", timed("pcoa10", lambda: pcoa(d, number_of_dimensions=0)).eigvals.values[:10])

if not want("unifrac", "weighted-unifrac"):
    sys.exit(0)
# the library below computes in single precision; scikit-bio in double, and slowly
for name, metric, more in (("unifrac", "unweighted_unifrac", {}), ("weighted-unifrac", "weighted_unifrac", {"normalized": True})):
    if want(name):
        save(name + "-40", beta_diversity(metric, counts[:40], ids[:40], otu_ids=taxa, tree=tree, **more).data)

import biom
import unifrac

table = biom.Table(x.T.tocsr(), taxa, ids)
biom_path, tree_path = os.path.join(folder, "t.biom"), os.path.join(folder, "tree.nwk")
import h5py
with h5py.File(biom_path, "w") as f:
    table.to_hdf5(f, "bench")
for name, f in (("unifrac", unifrac.unweighted), ("weighted-unifrac", unifrac.weighted_normalized)):
    if not want(name):
        continue
    try:
        out = timed(name, lambda: f(biom_path, tree_path, threads=2))
    except TypeError:
        out = timed(name, lambda: f(biom_path, tree_path))
    order = [out.ids.index(i) for i in ids]
    save(name, out.data[np.ix_(order, order)])
