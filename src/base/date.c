/* Civil dates. Day numbers by the era method: 400-year eras of 146097 days, years
 * counted from March so that the leap day comes last, [hinnant2013]. */
#include "gutskin/date.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { YEAR_MIN = 1900, YEAR_MAX = 2200 };

static int month_days(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

int32_t gs_date_day(int year, int month, int day)
{
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month))
        return GS_DAY_NONE;

    int y = month <= 2 ? year - 1 : year;
    int era = y / 400, yoe = y - era * 400;
    int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void gs_date_civil(int32_t day, int *out_year, int *out_month, int *out_day)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = (int)(z - era * 146097);
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;

    *out_day = doy - (153 * mp + 2) / 5 + 1;
    *out_month = mp < 10 ? mp + 3 : mp - 9;
    *out_year = (int)(yoe + era * 400) + (*out_month <= 2);
}

int gs_date_weekday(int32_t day)
{
    int w = (int)(((int64_t)day + 3) % 7); /* 1970-01-01 was a Thursday */
    return w < 0 ? w + 7 : w;
}

const char *gs_date_iso(int32_t day, char *buf, size_t n)
{
    int y, m, d;

    gs_date_civil(day, &y, &m, &d);
    snprintf(buf, n, "%04d-%02d-%02d", y, m, d);
    return buf;
}

/* ---- reading ------------------------------------------------------------------- */

/* A date is three fields, each a number or a month's name. */
typedef struct field {
    int value;
    int digits; /* 0 for a month's name */
} field;

static int month_by_name(const char *s, size_t n)
{
    static const char names[12][10] = {"january", "february", "march",     "april",
                                       "may",     "june",     "july",      "august",
                                       "september", "october", "november", "december"};
    if (n < 3)
        return 0;
    for (int m = 0; m < 12; m++) {
        size_t len = strlen(names[m]), i = 0;
        while (i < n && i < len && tolower((unsigned char)s[i]) == names[m][i])
            i++;
        if (i == n)
            return m + 1;
    }
    return 0;
}

static bool is_time_of_day(const char *s, size_t n)
{
    size_t digits = 0, colons = 0;

    for (size_t i = 0; i < n; i++) {
        if (isdigit((unsigned char)s[i]))
            digits++;
        else if (s[i] == ':')
            colons++;
        else if (!s[i] || !strchr("+-.,ZzAaPpMm ", s[i]))
            return false;
    }
    return colons >= 1 && digits >= 3;
}

/* "20261123" */
static bool split_compact(const char *s, size_t n, field f[3])
{
    int v = 0;

    if (n != 8)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)s[i]))
            return false;
        v = v * 10 + (s[i] - '0');
    }
    f[0] = (field){v / 10000, 4};
    f[1] = (field){v / 100 % 100, 2};
    f[2] = (field){v % 100, 2};
    return true;
}

/* One field at *i; false when there is none. */
static bool read_field(const char *s, size_t n, size_t *i, field *out)
{
    size_t start = *i;
    int v = 0;

    while (*i < n && isdigit((unsigned char)s[*i]) && *i - start < 5)
        v = v * 10 + (s[(*i)++] - '0');
    if (*i > start) {
        *out = (field){v, (int)(*i - start)};
        return true;
    }
    while (*i < n && isalpha((unsigned char)s[*i]))
        (*i)++;
    *out = (field){month_by_name(s + start, *i - start), 0};
    return out->value > 0;
}

/* Split into three fields; false unless exactly a date (and perhaps a time). */
static bool split(const char *s, size_t n, field f[3])
{
    size_t i = 0;

    while (n && isspace((unsigned char)*s)) {
        s++;
        n--;
    }
    while (n && isspace((unsigned char)s[n - 1]))
        n--;
    if (split_compact(s, n, f))
        return true;
    for (int k = 0; k < 3; k++) {
        size_t start = i;
        while (k && i < n && s[i] && strchr(" -/.,", s[i]))
            i++;
        if ((k && i == start) || !read_field(s, n, &i, &f[k]))
            return false;
    }
    if (i < n && s[i] == '.')
        i++; /* "23.11.26." */
    if (i == n)
        return true;
    if (s[i] != 'T' && s[i] != 't' && s[i] != ' ')
        return false;
    return is_time_of_day(s + i + 1, n - i - 1);
}

static int full_year(field f)
{
    if (f.digits == 4)
        return f.value;
    if (f.digits != 2)
        return -1;
    return f.value < 70 ? 2000 + f.value : 1900 + f.value;
}

static bool is_number(field f)
{
    return f.digits == 1 || f.digits == 2;
}

static int32_t read_form(const field f[3], gs_date_form form)
{
    switch (form) {
    case GS_DATE_ISO:
        if (f[0].digits == 4 && f[1].digits <= 2 && is_number(f[2]))
            return gs_date_day(f[0].value, f[1].value, f[2].value);
        break;
    case GS_DATE_DMY:
        if (is_number(f[0]) && f[1].digits <= 2)
            return gs_date_day(full_year(f[2]), f[1].value, f[0].value);
        break;
    case GS_DATE_MDY: /* a month's name in second place is day first */
        if (f[0].digits <= 2 && is_number(f[1]))
            return gs_date_day(full_year(f[2]), f[0].value, f[1].value);
        break;
    default:
        break;
    }
    return GS_DAY_NONE;
}

unsigned gs_date_forms(const char *text, size_t n)
{
    field f[3];
    unsigned mask = 0;

    if (n > 64 || !split(text, n, f))
        return 0;
    for (gs_date_form form = GS_DATE_ISO; form <= GS_DATE_MDY; form++)
        if (read_form(f, form) != GS_DAY_NONE)
            mask |= 1u << form;
    return mask;
}

bool gs_date_parse(const char *text, size_t n, gs_date_form form, int32_t *out_day)
{
    field f[3];
    int32_t found = GS_DAY_NONE;

    if (n > 64 || !split(text, n, f))
        return false;
    for (gs_date_form g = GS_DATE_ISO; g <= GS_DATE_MDY; g++) {
        int32_t day = read_form(f, g);
        if (day == GS_DAY_NONE || (form != GS_DATE_UNKNOWN && form != g))
            continue;
        if (found != GS_DAY_NONE && day != found)
            return false; /* two readings */
        found = day;
    }
    if (found == GS_DAY_NONE)
        return false;
    *out_day = found;
    return true;
}
