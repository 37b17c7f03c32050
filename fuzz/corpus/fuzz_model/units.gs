model units
lever food [g/d] range 0..100 habit 20
param vol [L] = 2
state c [mg/L] = 1
  c' = food/vol - 0.5 [1/d]*c
see y [1] = ln(c)
