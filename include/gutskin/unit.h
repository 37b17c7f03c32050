/* Units, by udunits2: for the model compiler's dimension check and for what people type
 * into a diary. The only door to udunits2.
 *
 *     gs_units *u;
 *     GS_TRY(gs_units_new(&u, err));
 *     gs_unit_ops ops = gs_units_ops(u);
 *     GS_TRY(gs_spec_check_units(spec, &ops, err));
 *     gs_import_opts o = {.convert = gs_units_convert, .convert_self = u};
 *     gs_units_free(u);
 *
 * Thread: udunits2 keeps global state. Use all gs_units of a process from one thread at
 * a time. */
#ifndef GUTSKIN_UNIT_H
#define GUTSKIN_UNIT_H

#include "gutskin/spec.h"
#include "gutskin/status.h"
#include <stdbool.h>

typedef struct gs_units gs_units;

/* Loads the unit database. Fails GS_EIO when it is missing (names the package). */
gs_status gs_units_new(gs_units **out, gs_err *err);
void gs_units_free(gs_units *u); /* NULL is harmless */

/* For gs_spec_check_units: strict, units as udunits2 spells them (d = day, L = litre).
 * Parsed units belong to u. */
gs_unit_ops gs_units_ops(gs_units *u);

/* Convert *value from one unit to another as people type them ("10 g/wk" to "g/d", "mg"
 * to "g", "fl oz" to "mL", "mJ/cm2" to "J/cm2", "glasses" to "L"); false, and *value
 * untouched, when either is unknown or they measure different things. self is a
 * gs_units. Fits gs_unit_conv_fn of diary.h. Empty texts mean unit 1. */
bool gs_units_convert(void *self, const char *from, const char *to, double *value);

/* True when text is a unit gs_units_convert understands. */
bool gs_units_known(gs_units *u, const char *text);

#endif
