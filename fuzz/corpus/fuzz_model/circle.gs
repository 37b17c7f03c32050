model circle
let a = b
let b = c + 1
let c = a*2
