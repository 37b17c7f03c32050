/* The two registries every module shares: scales and channels, and their names as
 * people type them. The lists are scale.def and channel.def; nothing else in the
 * program knows a scale's range or a channel's unit. */
#include "gutskin/obs.h"

#include "gutskin/text.h"
#include <math.h>
#include <string.h>

static const gs_scale scales[] = {
#define X(name, title, also, kind, lo, hi, step, worse, condition, offset, slope, cite) \
    {name, title, also, GS_SCALE_##kind, lo, hi, step, worse, condition, offset, slope, cite},
#include "obs/scale.def"
#undef X
};

#define OUTCOME(name, title, also, scale, lo, hi, condition, see)                       \
    {#name, title, also, GS_CHANNEL_OUTCOME, "1", lo, hi, scale, condition, see,        \
     "", 0, 0, 0, 0, NAN, false},
#define LEVER(name, title, also, unit, lo, hi, lever, a, b, llo, lhi, tag, zero)        \
    {#name, title, also, GS_CHANNEL_LEVER, unit, lo, hi, "", "", "",                    \
     lever, a, b, llo, lhi, tag, zero},
#define LAB(name, title, also, unit, lo, hi, see)                                       \
    {#name, title, also, GS_CHANNEL_LAB, unit, lo, hi, "", "", see,                     \
     "", 0, 0, 0, 0, NAN, false},
#define FLAG(name, title, also)                                                         \
    {#name, title, also, GS_CHANNEL_FLAG, "1", 0, 10, "", "", "",                       \
     "", 0, 0, 0, 0, 1, false},
#define OTHER(name, title, also, unit, lo, hi, scale)                                   \
    {#name, title, also, GS_CHANNEL_OTHER, unit, lo, hi, scale, "", "",                 \
     "", 0, 0, 0, 0, NAN, false},
static const gs_channel channels[] = {
#include "obs/channel.def"
};

static const gs_lab_method methods[] = {
#define X(channel, method, people, par, top) {channel, method, people, par, top},
#include "obs/method.def"
#undef X
};

enum {
    N_SCALE = sizeof scales / sizeof *scales,
    N_CHANNEL = sizeof channels / sizeof *channels
};

/* True when word is one of the names in list, parted by '|'. */
static bool listed(const char *list, const char *word)
{
    char one[96];
    while (*list) {
        size_t n = strcspn(list, "|");
        if (n && n < sizeof one) {
            memcpy(one, list, n);
            one[n] = '\0';
            if (gs_text_same(one, word))
                return true;
        }
        list += n;
        if (*list == '|')
            list++;
    }
    return false;
}

const gs_scale *gs_scale_find(const char *name)
{
    if (!name || !*name)
        return NULL;
    for (size_t i = 0; i < N_SCALE; i++)
        if (gs_text_same(scales[i].name, name) || gs_text_same(scales[i].title, name))
            return &scales[i];
    for (size_t i = 0; i < N_SCALE; i++)
        if (listed(scales[i].also, name))
            return &scales[i];
    return NULL;
}

const gs_channel *gs_channel_find(const char *name)
{
    if (!name || !*name)
        return NULL;
    for (size_t i = 0; i < N_CHANNEL; i++)
        if (gs_text_same(channels[i].name, name))
            return &channels[i];
    for (size_t i = 0; i < N_CHANNEL; i++)
        if (gs_text_same(channels[i].title, name) || listed(channels[i].also, name))
            return &channels[i];
    return NULL;
}

size_t gs_scale_count(void)
{
    return N_SCALE;
}

const gs_scale *gs_scale_at(size_t i)
{
    return i < N_SCALE ? &scales[i] : NULL;
}

size_t gs_channel_count(void)
{
    return N_CHANNEL;
}

const gs_channel *gs_channel_at(size_t i)
{
    return i < N_CHANNEL ? &channels[i] : NULL;
}

const gs_lab_method *gs_lab_method_find(const char *channel)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].channel, channel) == 0)
            return &methods[i];
    return NULL;
}

const char *gs_channel_nearest(const char *word)
{
    const char *names[N_CHANNEL];
    for (size_t i = 0; i < N_CHANNEL; i++)
        names[i] = channels[i].name;
    long k = word && *word ? gs_text_nearest(word, N_CHANNEL, names) : -1;
    return k < 0 ? NULL : names[k];
}

const char *gs_scale_nearest(const char *word)
{
    const char *names[N_SCALE];
    for (size_t i = 0; i < N_SCALE; i++)
        names[i] = scales[i].name;
    long k = word && *word ? gs_text_nearest(word, N_SCALE, names) : -1;
    return k < 0 ? NULL : names[k];
}

static const char *const conditions[GS_N_CONDITION] = {
    [GS_ACNE] = "acne",
    [GS_ECZEMA] = "eczema",
    [GS_PSORIASIS] = "psoriasis",
    [GS_ROSACEA] = "rosacea",
};

const char *gs_condition_name(gs_condition c)
{
    return (unsigned)c < GS_N_CONDITION ? conditions[c] : "";
}

/* A condition is known by the spellings of the outcome of the same name. */
long gs_condition_find(const char *name)
{
    const gs_channel *ch = gs_channel_find(name);
    for (long c = 0; ch && c < GS_N_CONDITION; c++)
        if (strcmp(ch->name, conditions[c]) == 0)
            return c;
    return -1;
}
