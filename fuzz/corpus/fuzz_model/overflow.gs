model m
state x = 1e-300 log
 x' = 1e308*x^30 - x^-30
see y = exp(exp(exp(x*1000)))
