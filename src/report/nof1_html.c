#include "gutskin/report.h"
gs_status gs_report_nof1_html(size_t n, const gs_nof1_result *const *r,
                              const gs_nof1_pooled *pool, size_t n_note,
                              const char *const *note, const char *title, gs_buf *out,
                              gs_err *err)
{
    (void)n, (void)r, (void)pool, (void)n_note, (void)note, (void)title, (void)out;
    return gs_fail(err, GS_EUSE, "not yet");
}
