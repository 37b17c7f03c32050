# Stan on the year of bench/stan/year.scn, beside ours (bench_stan_year).
#
#   build/bench_stan_year FOLDER
#   Rscript bench/stan/run.R FOLDER SOLVER RTOL WARMUP DRAWS CHAINS [round]
#
# from the repository's root; SOLVER is adams, bdf or rk45. Wants Debian's r-cran-rstan,
# r-cran-bh, r-cran-jsonlite, r-base-dev. Prints JSON lines:
#   density   largest difference of log density (up to a constant) and gradient at six points
#   gradient  median seconds of a gradient, CPU
#   sampler   seconds, effective draws (least and median over the numbers), R-hat
# With DRAWS 0 the last is left out. A gradient takes Stan about a second, so an honest warm-up
# takes hours. `round` grants it the end of one: see below.
suppressMessages({library(rstan); library(jsonlite)})
if (!nzchar(system.file("include", package = "BH"))) rstan_options(boost_lib = "/usr/include")  # as Debian has it
arg <- commandArgs(TRUE)
folder <- arg[1]; solver <- arg[2]; rtol <- as.numeric(arg[3])
n_warm <- as.integer(arg[4]); n_draw <- as.integer(arg[5]); n_chain <- as.integer(arg[6])
data <- fromJSON(file.path(folder, "data.json"))
ours <- fromJSON(file.path(folder, "ours.json"), simplifyDataFrame = FALSE)
data$rtol <- rtol
data$centre <- rep(0, data$n_dim)
data$scale <- diag(data$n_dim)

rates <- system2("build/gutskin", c("model", "compile", "--stan", "--symbol", "axis",
                                    "model/axis.gs"), stdout = TRUE)
rates <- rates[seq_len(max(which(rates == "}")) - 1)]  # the block stays open
hand <- gsub("SOLVER", paste0("integrate_ode_", solver), readLines("bench/stan/year.stan"))
compiled <- system.time(model <- stan_model(model_code = paste(c(rates, hand), collapse = "\n"),
                                            model_name = "axis_year"))
say <- function(...) cat(toJSON(list(...), auto_unbox = TRUE, digits = 8), "\n")
say(what = "compile", seconds = unname(compiled["elapsed"]))
none <- suppressMessages(sampling(model, data = data, chains = 0))

d_lp <- d_grad <- numeric(0)
for (p in ours$points) {
  g <- grad_log_prob(none, p$u)
  d_lp <- c(d_lp, attr(g, "log_prob") - p$lp)
  d_grad <- c(d_grad, max(abs(as.numeric(g) - p$grad)))
}
say(what = "density", solver = solver, rtol = rtol, log_density_spread = diff(range(d_lp)),
    gradient_difference = max(d_grad), gradient_size = max(abs(unlist(lapply(ours$points, `[[`, "grad")))))

times <- replicate(7, {
  t <- system.time(grad_log_prob(none, ours$mode))
  unname(t["user.self"] + t["sys.self"])
})
say(what = "gradient", solver = solver, rtol = rtol, median_s = median(times), min_s = min(times),
    ours_s = ours$gradient_cpu_seconds, ratio = median(times) / ours$gradient_cpu_seconds)
if (n_draw == 0) quit()

# "round": u = mean + factor of our posterior's covariance, so that the density handed to Stan is
# as near to standard normal as a linear map makes it, its metric is right from the start, and
# the chain begins at one of our draws. Only the step length is left to warm up; with WARMUP 0 it is
# granted too (0.6, about right for a standard normal of eleven numbers).
round_ <- length(arg) > 6 && arg[7] == "round"
our_run <- ours$runs[[1]]
flat <- our_run$u  # four chains, one after the other
our_u <- array(flat, c(nrow(flat) / 4, 4, ncol(flat)))
start <- ours$mode
if (round_) {
  data$centre <- colMeans(flat)
  data$scale <- t(chol(cov(flat)))
  start <- solve(data$scale, flat[nrow(flat), ] - data$centre)
}
t <- system.time(fit <- sampling(model, data = data, chains = n_chain, cores = 1, pars = c("u", "v"),
                                 iter = n_warm + n_draw, warmup = n_warm, seed = 1, refresh = 10,
                                 init = function() list(v = start),
                                 sample_file = file.path(folder, "stan.csv"),  # what is drawn so far
                                 control = c(list(adapt_delta = 0.8, max_treedepth = 10),
                                             if (round_) list(metric = "unit_e"),
                                             if (n_warm == 0) list(adapt_engaged = FALSE, stepsize = 0.6))))
# effective draws by one estimator for both; it goes by ranks, so u will do for x
measure <- function(x) list(bulk = apply(x, 3, ess_bulk), tail = apply(x, 3, ess_tail), rhat = apply(x, 3, Rhat))
x <- extract(fit, "u", permuted = FALSE)
its <- measure(x); mine <- measure(our_u)
spent <- get_elapsed_time(fit)
cpu <- unname(t["user.self"] + t["sys.self"])
leap <- sapply(get_sampler_params(fit, inc_warmup = FALSE), function(s) s[, "n_leapfrog__"])
z <- (apply(x, 3, mean) - colMeans(flat)) / sqrt(apply(x, 3, var) / its$bulk + apply(flat, 2, var) / mine$bulk)
say(what = "sampler", solver = solver, rtol = rtol, round = round_, warmup = n_warm, draws = n_draw, chains = n_chain,
    cpu_s = cpu, warmup_s = sum(spent[, "warmup"]), sampling_s = sum(spent[, "sample"]),
    ess_min = min(its$bulk), ess_median = median(its$bulk), ess_tail_min = min(its$tail), rhat = max(its$rhat),
    divergent = get_num_divergent(fit), saturated = get_num_max_treedepth(fit),
    leapfrogs_a_draw = mean(leap), seconds_a_gradient = sum(spent[, "sample"]) / sum(leap),
    sd_ratio = range(apply(x, 3, sd) / apply(flat, 2, sd)),
    largest_mean_difference_in_standard_errors = max(abs(z)))
say(what = "ours", cpu_s = our_run$cpu_seconds, draws = nrow(flat), ess_min = min(mine$bulk),
    ess_median = median(mine$bulk), ess_tail_min = min(mine$tail), rhat = max(mine$rhat))
rate <- function(ess, s) c(min(ess), median(ess)) / s
say(what = "effective draws a CPU second, least and median over the numbers",
    ours_all = rate(mine$bulk, our_run$cpu_seconds),  # mode, emulator, warm-up and draws
    stan_all = rate(its$bulk, cpu), stan_sampling_alone = rate(its$bulk, sum(spent[, "sample"])),
    ratio_to_sampling_alone = rate(mine$bulk, our_run$cpu_seconds) / rate(its$bulk, sum(spent[, "sample"])),
    ratio_all = rate(mine$bulk, our_run$cpu_seconds) / rate(its$bulk, cpu))
