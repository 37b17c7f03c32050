#!/usr/bin/env python3
"""Facts for the calibration from cohorts' own data: data/population/cohorts.csv.

Usage: bench/cohort_facts.py DATA_DIR REFERENCE_DIR > data/population/cohorts.csv
(DATA_DIR has wastyk2021/, johnson2019_diet/, david2014/, american_gut/; REFERENCE_DIR has
genus-guilds.csv.) Standard library only. Writes summary numbers, never the data.

A fact is a change of the natural logarithm of something the model can see, after a lever
was changed by so much for so many days:
  wastyk2021        change within the arm, weeks 6-10 of the diet against weeks -2 and 0,
                    people as units; se from the spread between people
  johnson2019_diet  slope on yesterday's record within people, clusters = people
  david2014         the same within one person, residuals' lag-1 correlation in the se
  american_gut      upper fibre tertile against the lower: who eats more differs in more
                    than this, so it is an upper bound, not an effect (use = bound)
Facts with use = shown stand in the table and are not fitted.
The se of a fact is widened by MODEL (ln 1.05): one study, one kit.
"""
import csv
import gzip
import math
import sys
from collections import defaultdict

MODEL = math.log(1.05)
data, reference = sys.argv[1], sys.argv[2]


def table(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    with opened as f:
        return list(csv.DictReader(f, delimiter="\t"))


def num(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def mean(x):
    return sum(x) / len(x)


def sd(x):
    m = mean(x)
    return math.sqrt(sum((v - m) ** 2 for v in x) / (len(x) - 1))


guild_of = {}
with open(reference + "/genus-guilds.csv") as f:
    for row in csv.DictReader(f):
        guild_of[row["genus"].lower()] = row["guild"]
SEE = {"butyrate": "butyrate_share", "bifido_lacto": "bifido_share",
       "saccharolytic": "saccharolytic_share", "pathobiont": "pathobiont_share"}


def profiles(folder, least):
    """sample -> (depth, {guild: share}, Shannon index of genera)"""
    genus = {r["taxon"]: r["lineage"].split(";")[-1].strip().lower()
             for r in table(folder + "/taxa.tsv")}
    count = defaultdict(lambda: defaultdict(float))
    for r in table(folder + "/genus_long.tsv.gz"):
        count[r["sample"]][r["taxon"]] += float(r["count"])
    out = {}
    for sample, c in count.items():
        total = sum(c.values())
        if total < least:
            continue
        share = defaultdict(float)
        for taxon, n in c.items():
            share[guild_of.get(genus[taxon], "other_commensal")] += n / total
        shannon = -sum(n / total * math.log(n / total) for n in c.values() if n > 0)
        out[sample] = (total, share, shannon)
    return out


def ln_share(profile, guild):
    return math.log(profile[1][guild] + 0.5 / profile[0])


facts = []


def fact(name, source, lever, amount, see, days, effect, se, n, how, use="fit"):
    facts.append([name, source, lever, "%.3g" % amount, see, "%d" % days, "%.4f" % effect,
                  "%.4f" % math.hypot(se, MODEL), "%d" % n, use, how])


# ---- wastyk2021: within-arm changes ------------------------------------------------
folder = data + "/wastyk2021"
profile = profiles(folder, 1000)
BEFORE, AFTER = (-2, 0), (6, 8, 10)


def change(value):
    """value[person][week] -> per-person mean change"""
    out = []
    for weeks in value.values():
        a = [v for w, v in weeks.items() if w in BEFORE]
        b = [v for w, v in weeks.items() if w in AFTER]
        if a and b:
            out.append(mean(b) - mean(a))
    return out


fibre = defaultdict(dict)
for r in table(folder + "/fiber.tsv"):
    if r["group"] == "Fiber" and num(r["fiber_g"]) is not None:
        fibre[r["person"]][int(r["week"])] = float(r["fiber_g"])
servings = defaultdict(lambda: defaultdict(float))
for r in table(folder + "/fermented_servings.tsv"):
    if num(r["record_days"]):
        servings[r["person"]][int(r["week"])] += float(r["servings"]) / float(r["record_days"])
arms = {"Fiber": ("fibre", mean(change(fibre))), "Fermented": ("fermented", mean(change(servings)))}
serum = table(folder + "/serum_cytokines.tsv.gz")
WEEK_OF = {1: -2, 2: 0, 3: 2, 4: 4, 5: 6, 6: 8, 7: 10, 8: 12, 9: 14}
for arm, (lever, amount) in arms.items():
    seen = {"diversity": defaultdict(dict)}
    for guild in SEE:
        seen[SEE[guild]] = defaultdict(dict)
    for s in table(folder + "/samples.tsv"):
        if s["group"] != arm or s["dup"] != "0" or s["sample"] not in profile:
            continue
        p, week = profile[s["sample"]], int(s["week"])
        seen["diversity"][s["person"]][week] = math.log(p[2])
        for guild in SEE:
            seen[SEE[guild]][s["person"]][week] = ln_share(p, guild)
    il6 = defaultdict(dict)
    for r in serum:
        if r["group"] == arm and num(r["IL6"]) is not None:
            il6[r["person"]][WEEK_OF[int(r["timepoint"])]] = float(r["IL6"]) * math.log(2)
    seen["X"] = il6
    for see, value in seen.items():
        d = change(value)
        # what fermented food brings along shows up in stool: a passenger is no answer
        passenger = lever == "fermented" and see in ("bifido_share", "pathobiont_share")
        fact("wastyk-%s-%s" % (lever, see.lower().replace("_", "-")), "wastyk2021", lever, amount,
             see, 56, mean(d), sd(d) / math.sqrt(len(d)), len(d),
             "change within the arm: weeks 6 to 10 against weeks -2 and 0" +
             (" (genera that the food itself holds)" if passenger else ""),
             "shown" if passenger else "fit")


# ---- yesterday's record within people ----------------------------------------------
def slope(pairs_of):
    """pairs_of[person] = [(x, y)]: slope within people, its se with people as clusters"""
    pairs_of = {p: v for p, v in pairs_of.items() if len(v) >= 5}
    sxx = sxy = 0.0
    centred = {}
    for person, v in pairs_of.items():
        mx, my = mean([x for x, _ in v]), mean([y for _, y in v])
        centred[person] = [(x - mx, y - my) for x, y in v]
        sxx += sum(x * x for x, _ in centred[person])
        sxy += sum(x * y for x, y in centred[person])
    b = sxy / sxx
    if len(centred) > 1:
        meat = sum(sum(x * (y - b * x) for x, y in v) ** 2 for v in centred.values())
        k = len(centred)
        return b, math.sqrt(meat * k / (k - 1)) / sxx, k
    v = next(iter(centred.values()))
    e = [y - b * x for x, y in v]
    rho = max(0.0, sum(a * c for a, c in zip(e, e[1:])) / sum(a * a for a in e))
    s2 = sum(a * a for a in e) / (len(v) - 2)
    return b, math.sqrt(s2 / sxx * (1 + rho) / (1 - rho)), 1


STEPS = (("fibre", 10.0, ("butyrate", "bifido_lacto", "saccharolytic", "pathobiont")),
         ("sugar", 40.0, ("bifido_lacto", "pathobiont")))


def yesterday(source, folder, least, record, columns):
    profile = profiles(folder, least)
    sample_of = {}
    for s in table(folder + "/samples.tsv"):
        day = num(s.get("study_day", s.get("day")))
        if s["sample"] in profile and day is not None and not s.get("event"):
            sample_of[s["person"], day] = profile[s["sample"]]
    for (lever, amount, guilds), column in zip(STEPS, columns):
        for guild in guilds:
            pairs = defaultdict(list)
            for r in table(folder + "/" + record):
                x, day = num(r[column]), num(r.get("diet_day", r.get("day")))
                if x is not None and day is not None and (r["person"], day + 1) in sample_of:
                    pairs[r["person"]].append((x, ln_share(sample_of[r["person"], day + 1], guild)))
            b, se, k = slope(pairs)
            fact("%s-%s-%s" % (source, lever, guild.replace("_", "-")), source, lever, amount,
                 SEE[guild], 1, b * amount, se * amount, k,
                 "slope on the record of the day before within people")


yesterday("johnson2019", data + "/johnson2019_diet", 10000, "diet_daily.tsv.gz", ("FIBE", "SUGR"))
yesterday("david2014", data + "/david2014", 1000, "diet_daily.tsv", ("fiber", "sugar"))

# ---- american_gut: an upper bound ----------------------------------------------------
people = [(num(r["fiber_grams_week"]), num(r["shannon_ln_10k"]))
          for r in table(data + "/american_gut/metadata.tsv.gz")]
people = [(x, y) for x, y in people if x is not None and y is not None and x > 0]
# answers mix grams a week with grams a day: below 60 nobody can mean a week
people = sorted((x if x < 60 else x / 7, math.log(y)) for x, y in people)
third = len(people) // 3
low, high = people[:third], people[-third:]
step = mean([x for x, _ in high]) - mean([x for x, _ in low])
d = mean([y for _, y in high]) - mean([y for _, y in low])
e = math.hypot(sd([y for _, y in high]), sd([y for _, y in low])) / math.sqrt(third)
fact("american-gut-fibre-diversity", "americangut", "fibre", step, "diversity", 364, d, e,
     2 * third, "upper fibre tertile against the lower; who eats more differs in more than this",
     "bound")

print("id,source,lever,amount,see,days,effect,se,n,use,how")
for row in facts:
    print(",".join(x.replace(",", ";") for x in row))
