/* How people differ in what their skin does by itself, on the ln of severity, sd 1 and
 * median 0: whoever gets worse does so as a normal, whoever gets better as an exponential.
 *
 *     density  e^(x/a) / 2a  below 0,   a normal's with sd b above,   b = a sqrt(2/pi)
 *
 * so that it is continuous. One normal cannot give the EASI50, 75 and 90 of placebo arms
 * (39.9, 20.9, 9.0%, NH-AD-002): ln P is straight in ln threshold there, at a slope of 0.93
 * and 0.92, which is what an exponential does; probits are not (0.80, 0.58). */
#include "gutskin/trial.h"
#include "infer/num.h"

#include <math.h>

/* variance a^2 (1 + 1/pi - (1/2 - 1/pi)^2) = 1 */
static const double A = 0.882059709;
static const double B = 0.703781823;

double gs_trial_law(double z)
{
    return z < 0 ? A * log(fmax(2 * num_normal_cdf(z), 1e-300)) : B * z;
}

double gs_trial_law_below(double x)
{
    return x < 0 ? 0.5 * exp(x / A) : num_normal_cdf(x / B);
}

double gs_trial_law_lift(double sd)
{
    double s = sd * B;
    return log(0.5 / (1 + sd * A) + exp(s * s / 2) * num_normal_cdf(s));
}
