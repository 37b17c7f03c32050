/* A judge of its own for the pages: is this text well-formed XML? Tags nest and close,
 * attributes are quoted and unique in their tag, entities are the five of XML or
 * numeric, ids are unique, bytes are UTF-8. Knows nothing of the writer. */
#ifndef GS_TEST_XML_H
#define GS_TEST_XML_H

#include "gutskin/text.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static char xml_why[300];

static const char *xml_bad(const char *text, const char *at, const char *why)
{
    long line = 1;
    for (const char *p = text; p < at; p++)
        line += *p == '\n';
    snprintf(xml_why, sizeof xml_why, "line %ld: %s near \"%.60s\"", line, why, at);
    return xml_why;
}

static const char *xml_entity(const char *text, const char *p)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strncmp(p, known[i], strlen(known[i])))
            return NULL;
    return xml_bad(text, p, "unknown entity");
}

static size_t xml_name(const char *p)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || (p[n] && strchr("-_:.", p[n])))
        n++;
    return n;
}

/* NULL when well-formed, else a sentence. */
static const char *xml_check(const char *text)
{
    static char stack[200][40], ids[20000][40];
    size_t depth = 0, n_id = 0, roots = 0, bad;
    const char *p = text;
    if (!gs_text_utf8(text, strlen(text), &bad))
        return xml_bad(text, text + bad, "not UTF-8");
    if (!strncmp(p, "<!DOCTYPE html>", 15))
        p += 15;
    while (*p) {
        if (*p == '&') {
            if (xml_entity(text, p))
                return xml_why;
            p++;
        } else if (*p != '<') {
            if (!depth && !isspace((unsigned char)*p))
                return xml_bad(text, p, "text outside the root");
            p++;
        } else if (!strncmp(p, "<!--", 4)) {
            const char *end = strstr(p, "-->");
            if (!end)
                return xml_bad(text, p, "comment never ends");
            p = end + 3;
        } else if (p[1] == '/') {
            size_t n = xml_name(p + 2);
            if (!depth || strlen(stack[depth - 1]) != n ||
                strncmp(stack[depth - 1], p + 2, n) || p[2 + n] != '>')
                return xml_bad(text, p, "closes what is not open");
            depth--;
            p += n + 3;
        } else {
            size_t n = xml_name(++p), n_attr = 0;
            char attr[30][40];
            if (!n || n >= 40 || depth == 200)
                return xml_bad(text, p - 1, "bad tag");
            roots += depth == 0;
            if (roots > 1)
                return xml_bad(text, p, "second root");
            snprintf(stack[depth++], 40, "%.*s", (int)n, p);
            p += n;
            for (;;) {
                const char *before = p;
                while (isspace((unsigned char)*p))
                    p++;
                if (*p == '>' || !strncmp(p, "/>", 2))
                    break;
                n = xml_name(p);
                if (p == before || !n || n >= 40 || p[n] != '=' || p[n + 1] != '"' ||
                    n_attr == 30)
                    return xml_bad(text, p, "bad attribute");
                snprintf(attr[n_attr], 40, "%.*s", (int)n, p);
                for (size_t i = 0; i < n_attr; i++)
                    if (!strcmp(attr[i], attr[n_attr]))
                        return xml_bad(text, p, "attribute twice");
                const char *from = p + n + 2, *end = strchr(from, '"');
                if (!end)
                    return xml_bad(text, p, "attribute never ends");
                for (p = from; p < end; p++)
                    if (*p == '<' || (*p == '&' && xml_entity(text, p)))
                        return xml_bad(text, p, "bad attribute value");
                if (!strcmp(attr[n_attr], "id")) {
                    snprintf(ids[n_id], 40, "%.*s", (int)(end - from), from);
                    for (size_t i = 0; i < n_id; i++)
                        if (!strcmp(ids[i], ids[n_id]))
                            return xml_bad(text, from, "id twice");
                    n_id++;
                }
                n_attr++;
                p = end + 1;
            }
            if (*p == '/') {
                depth--;
                p++;
            }
            p++;
        }
    }
    return depth ? xml_bad(text, p, "a tag is left open") : NULL;
}

/* How often word occurs in text. */
static inline size_t count_of(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
        n++;
    return n;
}

#endif
