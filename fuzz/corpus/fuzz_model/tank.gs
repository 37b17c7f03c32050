model tank "one tank"
time h
lever inflow [L/h] range 0..10 habit 2 sd 0.5 "tap" cite assumed
param k = 0.5 [1/h] range 0.1..2 prior lognormal(0.5, 1.5) personal scales inflow cite smith2019
let half [L] = 0.5*volume
state volume [L] = 4 range 0..inf log "water in it"
      volume' = inflow - k*volume
state level [1] = 1 fast
      level' = (1 - level)/2 [h]
event full when volume > 9 [L] and not (level == 1) "spills"
      volume := half
see v [L] = volume noise lognormal(1.1)
see n [1] = level noise negative_binomial(2)
