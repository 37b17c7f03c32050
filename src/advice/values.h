/* What measured values moved, as the answer tells it. */
#ifndef GS_ADVICE_VALUES_H
#define GS_ADVICE_VALUES_H

#include "advice/words.h"

/* Fill value, shift, value_draws and value_note of x; without l: there are none. */
gs_status values_tell(words *w, const gs_labs *l, gs_condition condition, gs_answer *x,
                      gs_err *err);

#endif
