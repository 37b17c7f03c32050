model tank "one tank"
time h
lever inflow [L/h] range 0..10 habit 2 sd 0.5 "tap" cite assumed
param k = 0.5 [1/h] range 0.1..2 prior lognormal(0.5, 1.5) personal scales inflow cite smith2019
let half [L] = 0.5*volume
state volume [L] = 4 range 0..inf log "water in it"
      volume' = inflow - k*volu