/* Words for measured values, values.h. */
#include "report/values.h"
#include "report/say.h"

#include <string.h>

static bool is_share(const char *name)
{
    size_t n = strlen(name);
    return n > 6 && strcmp(name + n - 6, "_share") == 0;
}

void gs_values_range(gs_buf *b, const char *name, double lo, double hi)
{
    bool share = is_share(name);
    gs_say_short(b, share ? 100 * lo : lo);
    gs_buf_put(b, " to ");
    gs_say_short(b, share ? 100 * hi : hi);
    gs_buf_put(b, share ? "%" : "");
}

void gs_values_amount(gs_buf *b, const char *name, double x, const char *unit)
{
    if (is_share(name)) {
        gs_say_short(b, 100 * x);
        gs_buf_put(b, "%");
        return;
    }
    gs_say_short(b, x);
    if (unit && *unit && strcmp(unit, "1") != 0)
        gs_buf_printf(b, " %s", unit);
}

int32_t gs_values_since(const gs_answer *x, size_t most)
{
    int32_t since = INT32_MIN;
    for (;;) {
        size_t n = 0;
        int32_t first = INT32_MAX;
        for (size_t i = 0; i < x->n_value; i++) {
            if (*x->value[i].why_not || x->value[i].day < since)
                continue;
            n++;
            first = x->value[i].day < first ? x->value[i].day : first;
        }
        if (n <= most)
            return since;
        since = first + 1;
    }
}

void gs_values_left(gs_buf *b, const gs_answer *x)
{
    for (size_t i = 0; i < x->n_value; i++) {
        const gs_answer_value *v = &x->value[i];
        if (!*v->why_not)
            continue;
        gs_buf_put(b, b->len ? " " : "");
        gs_buf_printf(b, "Kept and not heard: %s, ", v->title);
        gs_values_amount(b, v->name, v->value, v->unit);
        gs_buf_put(b, " on ");
        gs_say_day(b, x, v->day, false);
        gs_buf_printf(b, " (%s).", v->why_not);
    }
}
