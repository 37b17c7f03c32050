# Reference values for test_targets.c: every number the prototype's own check list prints,
# not rounded, with the prototype integrated to 1e-10 instead of lsoda's defaults.
#
#   Rscript reference.R PROTOTYPE.R > targets.csv
#
# Needs R and deSolve. The output holds derived facts only; the prototype itself is not
# part of this repository. `./test --full` runs this where the prototype is at hand and
# compares with the committed table (test_targets.sh).
proto <- commandArgs(TRUE)[1]
quiet <- TRUE
source(proto)
run <- function(x, days, u = ref)
    ode(x, seq(0, days, 1), rate, u, method = "lsoda", hmax = .5, rtol = 1e-10, atol = 1e-10)

put <- function(name, value) cat(sprintf("%s,%.10g\n", name, unname(value)))
puts <- function(prefix, x) for (n in names(x)) put(paste0(prefix, n), x[[n]])

cat("# made by tests/axis/reference.R from the prototype; do not edit\n")
cat("name,value\n")

# the typical adult
s <- last(run(x0, 2000))
puts("adult.", s)

# eigenvalues there
jac <- sapply(seq_along(s), function(i) {
    h <- 1e-5 * max(.1, abs(s[i])); a <- s; a[i] <- a[i] + h; b <- s; b[i] <- b[i] - h
    (rate(0, a, ref)[[1]] - rate(0, b, ref)[[1]]) / (2 * h)
})
ev <- Re(eigen(jac)$values)
put("tau.fastest", min(-1 / ev)); put("tau.slowest", max(-1 / ev)); put("tau.n_unstable", sum(ev >= 0))

# five days of an animal diet, then back
o <- run(s, 5, set(fib = 1, fat = 1, sug = 10)); o2 <- run(last(o), 14)
for (d in c(1, 2, 3, 5)) put(paste0("animal.B.d", d), o[d + 1, "B"] / s["B"])
for (d in c(2, 4, 8)) put(paste0("animal.B.after", d), o2[d + 1, "B"] / s["B"])

# four days of a broad antibiotic, then back
o <- run(s, 4, set(abx = 1)); o2 <- run(last(o), 180)
for (n in c("B", "Bi", "P")) put(paste0("antibiotic.", n, ".end"), last(o)[n] / s[n])
put("antibiotic.Dv.end", last(o)["Dv"])
for (d in c(7, 45, 180)) put(paste0("antibiotic.B.after", d), o2[d + 1, "B"] / s["B"])
put("antibiotic.Dv.after45", o2[46, "Dv"])

# thirty days of a Western or a prudent diet
w <- last(run(s, 30, set(fat = .8, sug = 110, fib = 12, upf = .8)))
p <- last(run(s, 30, set(fat = .3, sug = 40, fib = 30, upf = .2)))
put("western.E", w["E"]); put("prudent.E", p["E"])
put("western.CRP", w["CRP"]); put("prudent.CRP", p["CRP"])

# ten weeks of 20 g more fibre; of six fermented servings a day
q <- last(run(s, 70, set(fib = 38)))
put("fibre.Bu", q["Bu"]); put("fibre.Bi", q["Bi"] / s["Bi"]); put("fibre.CRP", q["CRP"])
q <- last(run(s, 70, set(ferm = 6)))
put("fermented.Dv", q["Dv"]); put("fermented.X", q["X"])

# three days at the worst stress
q <- last(run(s, 3, set(str = 1))); put("stress.leak", (1 - q["J"]) / (1 - s["J"]))

# twelve weeks of low glycaemic load
q <- run(s, 84, set(GL = .65)); put("lowgl.IG.d14", q[15, "IG"]); put("lowgl.L.d84", q[85, "L"])

# small-bowel overgrowth, then ten days of rifaximin
x <- s; x["U"] <- .9; x <- last(run(x, 365))
o <- run(x, 10, set(rfx = 1)); o2 <- run(last(o), 270)
for (n in c("U", "Z")) {
    put(paste0("sibo.", n), x[n])
    put(paste0("sibo.", n, ".after30"), o2[31, n]); put(paste0("sibo.", n, ".after270"), o2[271, n])
}

# the eczema loop at four risks: both starts, 400 days each
for (g in c(.3, .55, .8, 1)) {
    z <- last(run(s, 400, set(gAD = g))); x <- z; x["Y"] <- .9; x["Bs"] <- .45
    h <- last(run(x, 400, set(gAD = g)))
    k <- sprintf("eczema%g.", g)
    put(paste0(k, "remission.Y"), z["Y"]); put(paste0(k, "flare.Y"), h["Y"])
    put(paste0(k, "flare.J"), h["J"]); put(paste0(k, "flare.CRP"), h["CRP"])
}

# risk 0.8: two bad weeks tip it; three weeks of steroid and emollient bring it back
z <- last(run(s, 400, set(gAD = .8)))
o <- run(z, 14, set(gAD = .8, str = .9, slp = .3, inj = 2.5)); h <- run(last(o), 120, set(gAD = .8))
tr <- run(last(h), 21, set(gAD = .8, tcs = 1, emol = 1)); r <- run(last(tr), 120, set(gAD = .8))
put("badweeks.Y.after120", h[121, "Y"]); put("treated.Y.after120", r[121, "Y"])

# the flare threshold with and without the way back from skin to gut
thr <- function(r, g = .55) {
    z <- last(run(s, 400, set(gAD = g, ret = r))); lo <- 0; hi <- 1
    for (i in 1:12) {
        m <- (lo + hi) / 2; x <- z; x["Y"] <- m; x["Bs"] <- .909 - .5 * m
        if (last(run(x, 300, set(gAD = g, ret = r)))["Y"] > .3) hi <- m else lo <- m
    }
    hi
}
put("threshold.return_on", thr(1)); put("threshold.return_off", thr(0))

# the plaque loop: both states; a sevenfold trigger of 60 days
x <- s; x["K"] <- .9; h <- last(run(x, 700)); o <- run(s, 60, set(gP = 7)); h2 <- last(run(last(o), 700))
put("plaque.remission.K", s["K"]); put("plaque.K", h["K"]); put("plaque.T17", h["T17"])
put("plaque.triggered.K", h2["K"])
