/* Error sentences: one list of codes, one record per caller. */
#include "gutskin/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *gs_status_text(gs_status s)
{
    switch (s) {
#define X(name, code, text) \
    case name:              \
        return text;
        GS_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}

static void copy_cut(char *dst, size_t n, const char *src)
{
    size_t len = strlen(src);
    if (len >= n) {
        len = n - 1;
        /* never cut inside a UTF-8 character */
        while (len > 0 && ((unsigned char)src[len] & 0xC0u) == 0x80u)
            len--;
    }
    memcpy(dst, src, len);
    dst[len] = '\0';
}

static void set_message(gs_err *err, gs_status code, const char *fmt, va_list ap)
{
    char text[2 * sizeof err->msg];

    vsnprintf(text, sizeof text, fmt, ap);
    err->code = code;
    copy_cut(err->msg, sizeof err->msg, text);
}

gs_status gs_fail(gs_err *err, gs_status code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        set_message(err, code, fmt, ap);
        va_end(ap);
    }
    return code;
}

gs_status gs_fail_at(gs_err *err, gs_status code, const char *file, long line, long col,
                     const char *field, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        set_message(err, code, fmt, ap);
        va_end(ap);
        copy_cut(err->file, sizeof err->file, file ? file : "");
        copy_cut(err->field, sizeof err->field, field ? field : "");
        err->line = line;
        err->col = col;
    }
    return code;
}

/* snprintf at buf[used], never past the end; returns the new length. */
static size_t add(char *buf, size_t n, size_t used, const char *fmt, ...) GS_PRINTF(4, 5);
static size_t add(char *buf, size_t n, size_t used, const char *fmt, ...)
{
    va_list ap;
    int w;

    va_start(ap, fmt);
    w = vsnprintf(buf + used, n - used, fmt, ap);
    va_end(ap);
    if (w < 0)
        return used;
    return (size_t)w < n - used ? used + (size_t)w : n - 1;
}

const char *gs_err_text(const gs_err *err, char *buf, size_t n)
{
    size_t used = 0;

    if (n == 0)
        return "";
    buf[0] = '\0';
    if (err->file[0])
        used = add(buf, n, used, "%s:", err->file);
    if (err->line > 0)
        used = add(buf, n, used, "%s%ld:", err->file[0] ? "" : "line ", err->line);
    if (err->line > 0 && err->col > 0)
        used = add(buf, n, used, "%ld:", err->col);
    if (used > 0)
        used = add(buf, n, used, " ");
    if (err->field[0])
        used = add(buf, n, used, "%s: ", err->field);
    add(buf, n, used, "%s", err->msg[0] ? err->msg : gs_status_text(err->code));
    return buf;
}
