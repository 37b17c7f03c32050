model m
param k = 5g
