/* Build tool: a file as a C array.
 *
 *     gs_embed SYMBOL in out.c
 *
 * out.c gets `const char SYMBOL[]`, closed by a 0 that is not counted, and
 * `const size_t SYMBOL_len`. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(const char *what, const char *path)
{
    fprintf(stderr, "gs_embed: cannot %s %s\n", what, path);
    return EXIT_FAILURE;
}

static int is_symbol(const char *s)
{
    if (!isalpha((unsigned char)*s) && *s != '_')
        return 0;
    for (; *s; s++) {
        if (!isalnum((unsigned char)*s) && *s != '_')
            return 0;
    }
    return 1;
}

static int embed(const char *symbol, FILE *in, FILE *out)
{
    size_t n = 0;
    int c;

    fprintf(out, "/* made by tools/gs_embed; do not edit */\n#include <stddef.h>\n"
                 "extern const char %s[];\nextern const size_t %s_len;\n"
                 "const char %s[] = {\n", symbol, symbol, symbol);
    for (; (c = getc(in)) != EOF; n++) {
        int byte = c < 128 ? c : c - 256; /* fits a signed char */
        fprintf(out, "%d,%s", byte, n % 24 == 23 ? "\n" : "");
    }
    fprintf(out, "0};\nconst size_t %s_len = %zu;\n", symbol, n);
    return !ferror(in) && !ferror(out);
}

int main(int argc, char **argv)
{
    if (argc != 4 || !is_symbol(argv[1])) {
        fprintf(stderr, "usage: gs_embed SYMBOL in out.c\n");
        return 2;
    }
    FILE *in = fopen(argv[2], "rb");
    if (!in)
        return failed("read", argv[2]);
    FILE *out = fopen(argv[3], "wb");
    if (!out) {
        fclose(in);
        return failed("write", argv[3]);
    }
    int ok = embed(argv[1], in, out);
    ok = fclose(in) == 0 && ok;
    ok = fclose(out) == 0 && ok;
    return ok ? EXIT_SUCCESS : failed("finish", argv[3]);
}
