# Where k_K_uvb, the prior of gain_uvb and K_left come from (docs/notes/axis-uvb.md).
#
#   Rscript uvb_prior.R FOLDER        FOLDER holds pasi.tsv and uvb.tsv of the courses
#
# Plaque activity K and Th17 tone T17 as in model/axis.gs, the rest of the axis at rest;
# sessions on Monday, Wednesday, Friday; PASI read as exp(level) * (K + K_left). Each
# person has one rate k; log k is normal over people (EM on a grid). What K does not
# explain is a level, an Ornstein-Uhlenbeck residual and noise.
arg <- commandArgs(TRUE)
pasi <- read.delim(file.path(arg[1], "pasi.tsv")); dose <- read.delim(file.path(arg[1], "uvb.tsv"))
who <- intersect(unique(pasi$person), unique(dose$person)); n <- length(who)
days <- 77; weeks <- 12
D <- matrix(0, n, days); P <- matrix(NA, n, weeks)
for (i in seq_len(n)) {
    d <- dose$dose_J_cm2[dose$person == who[i]]; s <- seq_along(d) - 1
    at <- 7 * (s %/% 3) + c(1, 3, 5)[s %% 3 + 1]; D[i, at[at <= days]] <- d[at <= days]
    q <- pasi[pasi$person == who[i], ]; P[i, q$week + 1] <- q$pasi
}
lk <- seq(log(.004), log(2), length.out = 41); g <- length(lk)

# ln K, person x week x grid
risk <- 1.2
T17 <- function(K) .5 + .35 * (1 + .27 * (K - .05)) + .15 + 1.2 * (K - .0501)
drive <- function(K, T) .05 * risk * T + .85 * K^4 / (.4^4 + K^4) - K
plaques <- function() {
    K0 <- .95; for (i in 1:500) K0 <- K0 + .5 * drive(K0, T17(K0))
    k <- rep(exp(lk), each = n); K <- rep(K0, n * g); T <- T17(K)
    out <- array(NA, c(n, weeks, g)); out[, 1, ] <- K0
    for (d in 1:days) {
        u <- rep(D[, d], g)
        for (j in 1:4) {
            f <- function(K, T) list(drive(K, T) / 20 - k * u * K, (T17(K) - T) / 14)
            a <- f(K, T); b <- f(K + a[[1]] / 8, T + a[[2]] / 8); K <- K + b[[1]] / 4; T <- T + b[[2]] / 4
        }
        if (d %% 7 == 0) out[, d / 7 + 1, ] <- K
    }
    out
}
K <- plaques()

fit <- function(K_left, Y = log(P + .5), sd_ou = .35, rho = .7, sd_noise = .15, sd_level = 1.5) {
    S <- sd_level^2 + sd_ou^2 * rho^abs(outer(1:weeks, 1:weeks, "-")) + diag(sd_noise^2, weeks)
    sig <- log(K + K_left); ll <- array(0, c(n, weeks, g)); pred <- array(NA, c(n, weeks, g))
    for (i in seq_len(n)) {
        ok <- which(!is.na(Y[i, ])); run <- rep(0, g)
        off <- sig[i, ok, ] - rep(sig[i, 1, ], each = length(ok)); r <- Y[i, ok] - 1.5 - off
        for (j in seq_along(ok)) {
            m <- 0; v <- S[1, 1]
            if (j > 1) {
                A <- ok[1:(j - 1)]; w <- solve(S[A, A, drop = FALSE], S[A, ok[j]])
                m <- as.vector(w %*% r[1:(j - 1), , drop = FALSE]); v <- v - sum(w * S[A, ok[j]])
            }
            pred[i, ok[j], ] <- 1.5 + m + off[j, ]; run <- run + dnorm(r[j, ], m, sqrt(v), log = TRUE)
            ll[i, ok[j], ] <- run
        }
        ll[i, weeks, ] <- run
    }
    L <- ll[, weeks, ]; mu <- mean(lk); s <- .7
    for (it in 1:200) {
        w <- exp(L - apply(L, 1, max)) * rep(dnorm(lk, mu, s), each = n); w <- w / rowSums(w)
        mu <- sum(w %*% lk) / n; s <- sqrt(sum(w %*% lk^2) / n - mu^2)
    }
    e <- el <- c(); pr <- dnorm(lk, mu, s)
    for (i in seq_len(n)) for (t in 3:(weeks - 1)) if (!is.na(Y[i, t]) && !is.na(Y[i, t + 1])) {
        w <- exp(ll[i, t, ] - max(ll[i, t, ])) * pr
        e <- c(e, Y[i, t + 1] - sum(w * pred[i, t + 1, ]) / sum(w)); el <- c(el, Y[i, t + 1] - Y[i, t])
    }
    prn <- pr / sum(pr); top <- apply(L, 1, max)
    c(K_left = K_left, k = exp(mu), gsd = exp(s), loglik = sum(log(exp(L - top) %*% prn) + top),
      rmse = sqrt(mean(e^2)), last_value = sqrt(mean(el^2)), forecasts = length(e))
}
print(round(t(sapply(c(0, .05, .08, .1, .13, .16), fit)), 3))

r <- log((P + .1) / (P[, 1] + .1))
cat("mean log change, as a factor of the first score, weeks 0..8:",
    round(exp(c(0, cumsum(colMeans(r[, 2:9] - r[, 1:8], na.rm = TRUE)))), 2), "\n")
cat("median of PASI / first PASI, weeks 0..8:", round(apply(P / P[, 1], 2, median, na.rm = TRUE)[1:9], 2), "\n")
cat("median dose by session:", tapply(dose$dose_J_cm2, dose$session, median)[1:24], "\n")
