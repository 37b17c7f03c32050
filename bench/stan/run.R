# Stan on the year of bench/stan/year.scn, beside ours (bench_stan_year).
#
#   build/bench_stan_year FOLDER
#   Rscript bench/stan/run.R FOLDER SOLVER RTOL WARMUP DRAWS CHAINS
#
# from the repository's root; SOLVER is adams, bdf or rk45. Wants Debian's r-cran-rstan,
# r-cran-bh, r-cran-jsonlite, r-base-dev. Prints JSON lines:
#   density   largest difference of log density (up to a constant) and gradient at six points
#   gradient  median seconds of a gradient, CPU
#   sampler   seconds, effective draws (least and median over the numbers), R-hat
# With DRAWS 0 the last is left out.
suppressMessages({library(rstan); library(jsonlite)})
if (!nzchar(system.file("include", package = "BH"))) rstan_options(boost_lib = "/usr/include")  # as Debian has it
arg <- commandArgs(TRUE)
folder <- arg[1]; solver <- arg[2]; rtol <- as.numeric(arg[3])
n_warm <- as.integer(arg[4]); n_draw <- as.integer(arg[5]); n_chain <- as.integer(arg[6])
data <- fromJSON(file.path(folder, "data.json"))
ours <- fromJSON(file.path(folder, "ours.json"), simplifyDataFrame = FALSE)
data$rtol <- rtol

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

t <- system.time(fit <- sampling(model, data = data, chains = n_chain, cores = 1,
                                 iter = n_warm + n_draw, warmup = n_warm, seed = 1, refresh = 10,
                                 init = function() list(u = ours$mode),
                                 control = list(adapt_delta = 0.8, max_treedepth = 8)))
x <- extract(fit, "x", permuted = FALSE)
bulk <- apply(x, 3, ess_bulk); tail_ <- apply(x, 3, ess_tail); rhat <- apply(x, 3, Rhat)
cpu <- unname(t["user.self"] + t["sys.self"])
our_run <- ours$runs[[1]]
our_bulk <- sapply(our_run$dims, `[[`, "ess_bulk")
z <- (apply(x, 3, mean) - sapply(our_run$dims, `[[`, "mean")) /
  sqrt(apply(x, 3, var) / bulk + sapply(our_run$dims, `[[`, "sd")^2 / our_bulk)
say(what = "sampler", solver = solver, rtol = rtol, warmup = n_warm, draws = n_draw, chains = n_chain,
    cpu_s = cpu, sampling_s = sum(get_elapsed_time(fit)[, "sample"]), ess_min = min(bulk),
    ess_median = median(bulk), ess_tail_min = min(tail_), rhat = max(rhat),
    leapfrogs_a_draw = mean(sapply(get_sampler_params(fit, inc_warmup = FALSE), function(s) mean(s[, "n_leapfrog__"]))),
    per_s_min = min(bulk) / cpu, per_s_median = median(bulk) / cpu,
    ours_per_s_min = min(our_bulk) / our_run$cpu_seconds,
    ours_per_s_median = median(our_bulk) / our_run$cpu_seconds,
    largest_mean_difference_in_standard_errors = max(abs(z)))
