/* Civil dates as day numbers (days since 1970-01-01, Gregorian, no time zone). */
#ifndef GUTSKIN_DATE_H
#define GUTSKIN_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GS_DAY_NONE INT32_MIN

/* How the three numbers of a date are ordered. */
typedef enum gs_date_form {
    GS_DATE_UNKNOWN = 0,
    GS_DATE_ISO, /* 2026-11-23, 2026/11/23, 20261123, optional time after T or blank */
    GS_DATE_DMY, /* 23.11.2026, 23/11/2026, 23-11-26, 23 Nov 2026                     */
    GS_DATE_MDY  /* 11/23/2026, Nov 23, 2026                                          */
} gs_date_form;

int32_t gs_date_day(int year, int month, int day); /* GS_DAY_NONE if no such date */
void gs_date_civil(int32_t day, int *out_year, int *out_month, int *out_day);
int gs_date_weekday(int32_t day); /* 0 = Monday */

/* Read text[0..n) in the given form. With GS_DATE_UNKNOWN only texts that allow
 * one reading are taken (ISO, month names, a number above 12). A time of day
 * after the date is accepted and dropped. Years 1900..2200. */
bool gs_date_parse(const char *text, size_t n, gs_date_form form, int32_t *out_day);
/* Which of ISO, DMY, MDY can read text: a bit mask (1 << form), 0 = no date. */
unsigned gs_date_forms(const char *text, size_t n);
/* "2026-11-23" into buf[n], returned. */
const char *gs_date_iso(int32_t day, char *buf, size_t n);

#endif
