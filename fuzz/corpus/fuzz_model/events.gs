model m
event e when 1 < 2
 x := 2*x
 y := x
event f when y > 1
 y := 0
state x = 1 log
 x' = 0
state y = 1
 y' = -y/1 [d]
