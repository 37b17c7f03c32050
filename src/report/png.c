/* SVG to PNG by librsvg and cairo. The only file of the library that knows them.
 * librsvg is given no base address, so that a picture cannot load anything. */
#include "gutskin/report.h"

#include <cairo.h>
#include <librsvg/rsvg.h>

#ifdef __SANITIZE_ADDRESS__
/* fontconfig keeps its list of fonts until the process ends; it is not ours to free */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\nleak:librsvg\n";
}
#endif

enum { SIDE_MAX = 16384 };

static cairo_status_t put(void *out, const unsigned char *bytes, unsigned n)
{
    gs_buf_put_n(out, (const char *)bytes, n);
    return ((gs_buf *)out)->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static gs_status paint(RsvgHandle *svg, int w, int h, gs_buf *out, gs_err *err)
{
    GError *why = NULL;
    RsvgRectangle all = {.x = 0, .y = 0, .width = w, .height = h};
    cairo_surface_t *paper = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
    cairo_t *pen = cairo_create(paper);
    cairo_set_source_rgb(pen, 1, 1, 1);
    cairo_paint(pen);
    bool drawn = rsvg_handle_render_document(svg, pen, &all, &why);
    cairo_status_t st = cairo_status(pen);
    if (drawn && st == CAIRO_STATUS_SUCCESS)
        st = cairo_surface_write_to_png_stream(paper, put, out);
    cairo_destroy(pen);
    cairo_surface_destroy(paper);
    if (!drawn) {
        gs_fail(err, GS_EPARSE, "the picture could not be drawn: %s",
                why ? why->message : "no reason given");
        g_clear_error(&why);
        return GS_EPARSE;
    }
    if (st != CAIRO_STATUS_SUCCESS)
        return gs_fail(err, GS_ENOMEM, "the picture could not be written: %s",
                       cairo_status_to_string(st));
    return GS_OK;
}

gs_status gs_report_png(const char *svg, size_t n, int width, gs_buf *out, gs_err *err)
{
    GError *why = NULL;
    if (width < 1 || width > SIDE_MAX)
        return gs_fail(err, GS_EUSE, "a picture %d px wide cannot be made; ask for 1 to %d",
                       width, SIDE_MAX);
    RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg, n, &why);
    if (!handle) {
        gs_fail(err, GS_EPARSE, "this is not a readable SVG picture: %s",
                why ? why->message : "no reason given");
        g_clear_error(&why);
        return GS_EPARSE;
    }
    gboolean has_w, has_h, has_box;
    RsvgLength in_w, in_h;
    RsvgRectangle box;
    rsvg_handle_get_intrinsic_dimensions(handle, &has_w, &in_w, &has_h, &in_h, &has_box,
                                         &box);
    double w = has_box ? box.width : in_w.length, h = has_box ? box.height : in_h.length;
    double height = w > 0 && h > 0 ? width * h / w : 0;
    gs_status st;
    if (!(height >= 0.5) || height > SIDE_MAX)
        st = gs_fail(err, GS_ERANGE, "the picture's shape (%g x %g) does not fit a PNG "
                                     "%d px wide", w, h, width);
    else
        st = paint(handle, width, (int)(height + 0.5), out, err);
    g_object_unref(handle);
    return st;
}
