model cycle
lever u habit 1.21
state s = 1
  s' = a - s
state a = 1 fast
  a' = 0.9*u + 0.1*b - a
state b = 1 fast
  b' = sqrt(a) - b
state c = 1 fast log
  c' = (a*b - 2*c)/3
see y = c
