/* A virtual trial as words, numbers and pictures. No science happens here.
 *
 *     gs_buf b = {0};
 *     GS_TRY(gs_report_trial_text(t, k, r, &b, err)); */
#ifndef GUTSKIN_TRIAL_REPORT_H
#define GUTSKIN_TRIAL_REPORT_H

#include "gutskin/text.h"
#include "gutskin/trial.h"

/* Tables for a terminal, at most 88 columns. */
gs_status gs_report_trial_text(const gs_trial *t, const gs_kernel *k,
                               const gs_trial_result *r, gs_buf *out, gs_err *err);
/* One JSON object; what is not known is null. docs/trial.md names the fields. */
gs_status gs_report_trial_json(const gs_trial *t, const gs_kernel *k,
                               const gs_trial_result *r, gs_buf *out, gs_err *err);
/* The curves of the arms with their bands, as a stand-alone SVG. */
gs_status gs_report_trial_svg(const gs_trial *t, const gs_kernel *k,
                              const gs_trial_result *r, gs_buf *out, gs_err *err);
/* One self-contained page: no script, no network. */
gs_status gs_report_trial_html(const gs_trial *t, const gs_kernel *k,
                               const gs_trial_result *r, gs_buf *out, gs_err *err);

#endif
