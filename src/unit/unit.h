/* Inside the unit room. */
#ifndef GS_UNIT_UNIT_H
#define GS_UNIT_UNIT_H

#include "gutskin/text.h"
#include "gutskin/unit.h"
#include <stdint.h>
#include <udunits2.h>

/* Parsed and kept by u; NULL when text is no unit. */
const ut_unit *gs_unit_parsed(gs_units *u, const char *text);
/* x in a = x * *out in b; false when there is no such factor. */
bool gs_unit_factor(const ut_unit *a, const ut_unit *b, double *out);
/* Written as units are (text.c), shorter than 64 bytes. */
bool gs_unit_text_valid(const char *text);
/* Every name in a valid text, by itself, is a unit. */
bool gs_unit_names_known(ut_system *system, const char *text);

#endif
