# The people of bench_nof1_proof --dump FOLDER through R's own AR(1) regression:
#   Rscript bench/nof1_gls.R FOLDER/people.csv
# For each generator: false alarms and power of nlme::gls(y ~ t + x, corAR1) (one-sided 5%
# by its own t), and how its t agrees with the AR(1) regression of the bench.
suppressMessages(library(nlme))
d <- read.csv(commandArgs(TRUE)[1])
for (g in unique(d$generator)) {
    s <- d[d$generator == g, ]
    z <- function(e) {
        q <- s[s$effect == e, ]
        t(sapply(split(q, q$id), function(k) {
            f <- tryCatch(gls(y ~ t + x, k, correlation = corCAR1(form = ~t), method = "ML"),
                          error = function(err) NULL)
            if (is.null(f)) c(NA, k$ar1[1]) else c(-summary(f)$tTable["x", "t-value"], k$ar1[1])
        }))
    }
    none <- z(0)
    some <- z(max(s$effect))
    cat(sprintf('{"generator": "%s", "people": %d, "gls_false_alarm": %.3f, "gls_power": %.3f, "power_at_equal_false_alarms": %.3f, "median_abs_difference_from_bench_ar1": %.4f, "failed": %d}\n',
                g, nrow(none), mean(none[, 1] > 1.67, na.rm = TRUE), mean(some[, 1] > 1.67, na.rm = TRUE),
                mean(some[, 1] > quantile(none[, 1], 0.95, na.rm = TRUE), na.rm = TRUE),
                median(abs(c(none[, 1] - none[, 2], some[, 1] - some[, 2])), na.rm = TRUE),
                sum(is.na(none[, 1])) + sum(is.na(some[, 1]))))
}
