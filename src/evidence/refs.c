/* Where a source can be found: journal, year and identifier of a key, read from the
 * embedded refs.bib. Only addresses of doi.org, PubMed and PMC become links: they last,
 * and they are nobody's shop. The list is short (230 entries), so it is searched. */
#include "gutskin/evidence.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

extern const char gs_evidence_refs[];

/* Value of a field of the entry that starts at `entry`, "" when absent. */
static const char *field(const char *entry, const char *name, char *buf, size_t n)
{
    const char *end = strstr(entry, "\n}");
    size_t k = strlen(name);

    buf[0] = '\0';
    for (const char *p = strchr(entry, '\n'); p && end && p < end; p = strchr(p + 1, '\n')) {
        const char *q = p + 1;
        while (*q == ' ')
            q++;
        if (strncmp(q, name, k) != 0 || isalnum((unsigned char)q[k]))
            continue;
        const char *from = strchr(q, '{'), *line = strchr(q, '\n');
        if (!from || !line || from > line)
            continue;
        while (line > from && *line != '}')
            line--;
        snprintf(buf, n, "%.*s", line > from ? (int)(line - from - 1) : 0, from + 1);
        return buf;
    }
    return buf;
}

static const char *entry_of(const char *key)
{
    size_t k = strlen(key);

    for (const char *p = strstr(gs_evidence_refs, "\n@"); p; p = strstr(p + 1, "\n@")) {
        const char *name = strchr(p, '{');
        if (name && strncmp(name + 1, key, k) == 0 && name[1 + k] == ',')
            return name;
    }
    return NULL;
}

bool gs_evidence_where(const char *key, char *text, size_t n_text, char *link,
                       size_t n_link)
{
    char journal[120], year[16], id[160], note[160];
    const char *entry = *key ? entry_of(key) : NULL;

    text[0] = link[0] = '\0';
    if (!entry)
        return false;
    field(entry, "journal", journal, sizeof journal);
    field(entry, "year", year, sizeof year);
    snprintf(text, n_text, "%s%s%s", journal, *journal && *year ? " " : "", year);
    size_t at = strlen(text);
    const char *comma = at ? ", " : "";
    if (*field(entry, "doi", id, sizeof id)) {
        snprintf(text + at, n_text - at, "%sdoi:%s", comma, id);
        snprintf(link, n_link, "https://doi.org/%s", id);
    } else if (*field(entry, "pmid", id, sizeof id)) {
        snprintf(text + at, n_text - at, "%sPMID %s", comma, id);
        snprintf(link, n_link, "https://pubmed.ncbi.nlm.nih.gov/%s/", id);
    } else if (*field(entry, "pmcid", id, sizeof id)) {
        snprintf(text + at, n_text - at, "%s%s", comma, id);
        snprintf(link, n_link, "https://pmc.ncbi.nlm.nih.gov/articles/%s/", id);
    } else if (*field(entry, "note", note, sizeof note)) {
        snprintf(text + at, n_text - at, "%s%s", comma, note);
    } else if (!at && *field(entry, "url", note, sizeof note)) {
        const char *host = strstr(note, "://");
        snprintf(text, n_text, "%s", host ? host + 3 : note);
    }
    return true;
}
