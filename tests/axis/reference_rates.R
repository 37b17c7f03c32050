# Reference right-hand sides for test_axis.c: the prototype's rates at random states,
# levers and risks, in our names.
#
#   Rscript reference_rates.R PROTOTYPE.R > rates.csv
quiet <- TRUE
source(commandArgs(TRUE)[1])
lever <- c(fib = "fibre", preb = "prebiotic", sug = "sugar", fat = "fat", upf = "processed",
           ferm = "fermented", prob = "probiotic", wat = "water", slp = "sleep", str = "stress",
           GL = "glycaemic", dairy = "dairy", abx = "antibiotic", rfx = "rifaximin", uvb = "sun",
           inj = "scratch", emol = "emollient", tcs = "steroid", slowtr = "slow_transit")
param <- c(gAD = "risk_eczema", gP = "risk_psoriasis", gA = "risk_acne", gR = "risk_rosacea",
           ret = "skin_to_gut")
row <- function(i, kind, name, value) cat(sprintf("%d,%s,%s,%.15g\n", i, kind, name, value))
RNGkind("Mersenne-Twister", "Inversion", "Rejection"); set.seed(20)
cat("# made by tests/axis/reference_rates.R from the prototype; do not edit\n")
cat("point,kind,name,value\n")
for (i in 1:8) {
    x <- base * exp(rnorm(length(base), 0, .3))
    x["J"] <- runif(1, .6, .97); x["Bs"] <- runif(1, .3, .95)
    x["Y"] <- runif(1); x["K"] <- runif(1); x["U"] <- runif(1)
    u <- set(fib = runif(1, 2, 60), preb = runif(1, 0, 10), sug = runif(1, 0, 150), fat = runif(1),
             upf = runif(1), ferm = runif(1, 0, 6), prob = runif(1, 0, 3), wat = runif(1, .5, 4),
             slp = runif(1, .2, 1), str = runif(1), GL = runif(1, .5, 1.5), abx = runif(1),
             rfx = runif(1), uvb = runif(1), inj = runif(1, 0, 3), emol = runif(1), tcs = runif(1),
             slowtr = runif(1), gAD = runif(1, .3, 1), gP = runif(1, .5, 7), gA = runif(1, .5, 1.5),
             gR = runif(1, .5, 5), dairy = runif(1, .1, 3), ret = runif(1))
    d <- rate(0, x, u)[[1]]
    for (n in names(x)) row(i, "state", n, x[[n]])
    for (n in names(lever)) row(i, "lever", lever[[n]], u[[n]])
    for (n in names(param)) row(i, "param", param[[n]], u[[n]])
    for (j in seq_along(d)) row(i, "rate", names(x)[j], d[[j]])
}
