model powers
lever u range 0..5 habit 1
param a = 0.5 range 0..2 prior beta(2, 3) personal
param b = 2 range 0.1..5
state x = 1 log
  x' = x*(a^b/b^a*u^0.25 - x^1.5/(b^-2 + exp(-x)))
state y = 0.5
  y' = if(x > y or u <= a, hill(x, b, 4), min(y, u, a)) - max(abs(y), pos(u - x)) - sqrt(x)*ln(b)
see z = x^a*y^2
