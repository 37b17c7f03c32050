/* A model for the commands that run one: the shipped axis, or a user's own. */
#ifndef GS_CLI_LOAD_H
#define GS_CLI_LOAD_H

#include "gutskin/kernel.h"
#include "gutskin/spec.h"

/* Model file at path, read, parsed, units checked. Fails GS_EIO, GS_EPARSE, GS_ERANGE,
 * GS_EUNIT with file, line and column. */
gs_status gs_load_spec(gs_arena *a, const char *path, gs_spec **out, gs_err *err);

typedef enum gs_load_form {
    GS_LOAD_FULL,  /* every state */
    GS_LOAD_SLAVED /* fast states slaved; in full when the model does not allow it */
} gs_load_form;

/* Kernel to run. path NULL or "" is the shipped axis; a path that ends in .so is what
 * `gutskin model compile --so` made (its own form, whatever form says); anything else is
 * a model file, interpreted. Valid while the arena is. Fails as gs_load_spec; GS_EIO when
 * a .so cannot be loaded or was made for another gutskin. */
gs_status gs_load_kernel_form(gs_arena *a, const char *path, gs_load_form form,
                              const gs_kernel **out, gs_err *err);
/* The slaved form; fitting takes every state (docs/notes/axis-slaving.md). */
gs_status gs_load_kernel(gs_arena *a, const char *path, const gs_kernel **out, gs_err *err);

#endif
