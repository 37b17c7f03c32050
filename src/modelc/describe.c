/* The descriptive half of a kernel: names, units, ranges, priors. */
#include "modelc/build.h"

#include "gutskin/text.h"

static gs_dist to_dist(gs_spec_dist d)
{
    static const gs_dist_kind kind[] = {
        [GS_SPEC_NONE] = GS_DIST_NONE,           [GS_SPEC_NORMAL] = GS_DIST_NORMAL,
        [GS_SPEC_LOGNORMAL] = GS_DIST_LOGNORMAL, [GS_SPEC_UNIFORM] = GS_DIST_UNIFORM,
        [GS_SPEC_BETA] = GS_DIST_BETA,           [GS_SPEC_NEGBINOMIAL] = GS_DIST_NEGBINOMIAL};
    return (gs_dist){.kind = kind[d.kind], .a = d.a, .b = d.b};
}

static gs_state_info describe_state(const gs_spec_state *x)
{
    return (gs_state_info){x->head.name, x->head.unit, x->head.doc, x->head.cite,
                           x->start, x->lo, x->hi, x->is_log, x->is_fast};
}

/* Texts are borrowed from the spec, which outlives the kernel. */
gs_status gs_kernel_describe(gs_arena *a, const gs_spec *s, const gs_model_graph *m, bool slave,
                             gs_kernel *k, gs_err *err)
{
    gs_state_info *state = GS_NEW(a, gs_state_info, m->n_state + 1);
    gs_state_info *fast = GS_NEW(a, gs_state_info, m->n_fast + 1);
    gs_par_info *par = GS_NEW(a, gs_par_info, s->n_param + 1);
    gs_lever_info *lever = GS_NEW(a, gs_lever_info, s->n_lever + 1);
    gs_see_info *see = GS_NEW(a, gs_see_info, s->n_see + 1);
    gs_event_info *event = GS_NEW(a, gs_event_info, s->n_event + 1);
    if (!state || !par || !lever || !see || !event || !fast)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    for (size_t i = 0; i < m->n_state; i++)
        state[i] = describe_state(&s->state[m->kept[i]]);
    for (size_t i = 0; i < m->n_fast; i++)
        fast[i] = describe_state(&s->state[m->slaved[i]]);
    for (size_t i = 0; i < s->n_param; i++) {
        const gs_spec_param *x = &s->param[i];
        par[i] = (gs_par_info){x->head.name, x->head.unit, x->head.doc, x->head.cite,
                               x->value, x->lo, x->hi, to_dist(x->prior), x->personal,
                               x->scales};
    }
    for (size_t i = 0; i < s->n_lever; i++) {
        const gs_spec_lever *x = &s->lever[i];
        lever[i] = (gs_lever_info){x->head.name, x->head.unit, x->head.doc, x->head.cite,
                                   x->lo, x->hi, x->habit, x->sd};
    }
    for (size_t i = 0; i < s->n_see; i++) {
        const gs_spec_see *x = &s->see[i];
        see[i] = (gs_see_info){x->head.name, x->head.unit, x->head.doc, x->head.cite,
                               to_dist(x->noise)};
    }
    for (size_t i = 0; i < s->n_event; i++)
        event[i] = (gs_event_info){s->event[i].head.name, s->event[i].head.doc};
    unsigned char form = slave ? 1 : 0;
    k->name = s->name;
    k->doc = s->doc;
    k->hash = gs_text_hash(s->text_hash, &form, 1);
    k->slaved = slave;
    k->n_lane = 1;
    k->n_state = m->n_state;
    k->n_par = s->n_param;
    k->n_lever = s->n_lever;
    k->n_see = s->n_see;
    k->n_event = s->n_event;
    k->state = state;
    k->par = par;
    k->lever = lever;
    k->see = see;
    k->event = event;
    k->n_fast = m->n_fast;
    k->fast = fast;
    return GS_OK;
}
