# R deSolve's lsoda with right-hand side and Jacobian compiled from the model's emitted C, beside
# bench_engine, which starts this, writes IN and reads OUT:
#
#   Rscript desolve.R LIBRARY IN OUT METHOD
#
# METHOD is an integrator of deSolve (lsoda, adams). A line with a tolerance comes in, all people are
# integrated, the CPU seconds of that go out. Midnights are compiled events, so that a whole life is
# one call and no R code runs in between. Wants Debian's r-cran-desolve.
suppressMessages(library(deSolve))
arg <- commandArgs(TRUE)
dyn.load(arg[1])
size <- .C("peer_open", arg[2], size = integer(3))$size
midnights <- list(func = "peer_event", time = as.numeric(seq_len(size[2]) - 1))
once <- function(rtol) for (p in seq_len(size[1]) - 1L) {
  z <- .C("peer_start", p, z = numeric(size[3]))$z
  x <- ode(z, as.numeric(0:size[2]), func = "peer_derivs", parms = NULL, dllname = "libbench_peer",
           initfunc = "peer_init", jacfunc = "peer_jac", jactype = "fullusr", method = arg[4], rtol = rtol,
           atol = 0.01 * rtol, events = midnights, maxsteps = 1e6)
  if (nrow(x) != size[2] + 1 || attr(x, "istate")[1] < 0) stop("deSolve fails")
  for (d in seq_len(size[2])) .C("peer_keep", d - 1L, x[d + 1, -1])
}
input <- file("stdin")
open(input)
cat("ready\n")
while (length(line <- readLines(input, 1)) == 1) {
  t <- system.time(once(as.numeric(line)), gcFirst = FALSE)
  invisible(.C("peer_save", arg[3]))
  cat(sprintf("%.9g\n", t["user.self"] + t["sys.self"]))
}
