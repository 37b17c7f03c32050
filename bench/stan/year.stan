  // ---- from here on by hand; the rates above are the model compiler's ----

  // A day's levers are constant: find the day of t by halving.
  real[] ode(real t, real[] z, real[] theta, real[] x_r, int[] x_i) {
    int n_day = x_i[1];
    int n_lever = x_i[2];
    int n_theta = x_i[3];
    int n_free = x_i[4];
    int lo = 0;
    int hi = n_day;
    vector[n_theta] all_theta = to_vector(x_r[1:n_theta]);
    while (hi - lo > 1) {
      int mid = (lo + hi) / 2;
      if (t < mid) hi = mid; else lo = mid;
    }
    for (i in 1:n_free)
      all_theta[x_i[4 + i]] = theta[i];
    return to_array_1d(axis_rate(to_vector(z), all_theta,
        to_vector(x_r[(n_theta + lo * n_lever + 1):(n_theta + (lo + 1) * n_lever)])));
  }
  // the quantile transform of every prior: x(u), u ~ N(0, 1); kind 1 normal, 2 lognormal
  real prior_value(real u, int kind, real a, real b, real below, real above) {
    real v = inv_Phi(below + (1 - below - above) * Phi(u));
    return kind == 2 ? a * exp(log(b) * v) : a + b * v;
  }
}
data {
  int n_day;
  int n_lever;
  int n_theta;
  int n_free;
  int n_see;
  int i_see;
  int free_idx[n_free];
  vector[n_theta] theta0;
  real lever[n_day * n_lever];
  int n_state;
  real z0[n_state];
  int n_score;
  int day[n_score];       // 0-based: the score is of the end of that day
  vector[n_score] y;
  int n_dim;              // free parameters, then level, sd, tau, noise
  int kind[n_dim];
  vector[n_dim] a;
  vector[n_dim] b;
  vector[n_dim] below;    // mass the range cuts off on either side
  vector[n_dim] above;
  real slope;
  real rtol;
  vector[n_dim] centre;          // u = centre + scale v: 0 and 1 for the bare model,
  matrix[n_dim, n_dim] scale;    // a posterior's mean and factor for one made round
}
transformed data {
  real x_r[n_theta + n_day * n_lever] = append_array(to_array_1d(theta0), lever);
  int x_i[4 + n_free];
  real t_out[n_day];
  x_i[1] = n_day;
  x_i[2] = n_lever;
  x_i[3] = n_theta;
  x_i[4] = n_free;
  for (i in 1:n_free) x_i[4 + i] = free_idx[i];
  for (d in 1:n_day) t_out[d] = d;
}
parameters {
  vector[n_dim] v;
}
transformed parameters {
  vector[n_dim] x;
  vector[n_dim] u = centre + scale * v;
  for (i in 1:n_dim)
    x[i] = prior_value(u[i], kind[i], a[i], b[i], below[i], above[i]);
}
model {
  real theta[n_free];
  real z[n_day, n_state];
  vector[n_theta] all_theta = theta0;
  vector[n_score] signal;
  real level = x[n_free + 1];
  real spread = x[n_free + 2];
  real tau = x[n_free + 3];
  real noise = x[n_free + 4];
  real m = 0;
  real p = 1;
  u ~ normal(0, 1);
  for (i in 1:n_free) {
    theta[i] = x[i];
    all_theta[free_idx[i]] = x[i];
  }
  z = SOLVER(ode, z0, 0, t_out, theta, x_r, x_i, rtol, 0.01 * rtol, 100000);
  for (k in 1:n_score) {
    int d = day[k];
    signal[k] = axis_seen(to_vector(z[d + 1]), all_theta,
        to_vector(lever[(d * n_lever + 1):((d + 1) * n_lever)]))[i_see];
  }
  signal -= mean(signal);
  for (k in 1:n_score) {
    real eta = level + slope * signal[k];
    real e;
    real s;
    if (k > 1) {
      real rho = exp(-(day[k] - day[k - 1]) / tau);
      m *= rho;
      p = 1 - rho * rho * (1 - p);
    }
    e = y[k] - eta - spread * m;
    s = spread * spread * p + noise * noise;
    target += -0.5 * (e * e / s + log(2 * pi() * s));
    m += p * spread / s * e;
    p *= noise * noise / s;
  }
}
