/* Many processes. Process 0 leads: it keeps the journal, hands out pieces, and works on
 * pieces itself between messages. The others hold two pieces, one in hand and one ahead,
 * so that none waits while the leader computes.
 *
 *     other -> leader   RESULT  piece, status, numbers   (or a failure's sentence)
 *     leader -> other   PIECE   the next piece, NONE = go home
 *
 * Who computes what has no influence on the numbers: a piece depends on its index alone.
 * When a process dies, MPI ends all of them; the journal stands, and the same command goes
 * on from it. */
#include "crew/crew.h"

#include <limits.h>
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAG_PIECE = 1, TAG_RESULT, TAG_NUMBERS };
static const uint64_t NONE = UINT64_MAX;

typedef struct result {
    uint64_t piece; /* NONE = only asking */
    int64_t code;   /* gs_status          */
    char msg[200];
} result;

static struct {
    int rank, size;
    bool met; /* agree() was called, which all must do */
} me = {0, 1, false};

/* MPI ends its processes with a signal when one of them died: the leader says what is
 * kept before it goes. */
static void on_term(int sig)
{
    static const char say[] = "\ngutskin: the run was ended from outside, as when one of its "
                              "processes dies; what is done is kept, and the same command "
                              "goes on from there\n";
    ssize_t ignored = write(STDERR_FILENO, say, sizeof say - 1);
    (void)ignored;
    _exit(sig == SIGTERM ? 1 : 130);
}

/* Everybody must have been given the same work, and the journal must have opened. */
static bool agree(uint64_t fingerprint, bool ready)
{
    uint64_t mine[2] = {fingerprint, ~fingerprint}, least[2];
    int ok = ready, all;
    me.met = true;
    MPI_Allreduce(mine, least, 2, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD);
    MPI_Allreduce(&ok, &all, 1, MPI_INT, MPI_LAND, MPI_COMM_WORLD);
    return all && least[0] == ~least[1];
}

/* A process that could not begin still meets the others, who then do not wait for it. */
static void leave(void)
{
    if (!me.met)
        agree(0, false);
    MPI_Finalize();
}

void gs_crew_begin(int *argc, char ***argv)
{
    int level;
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &level);
    MPI_Comm_rank(MPI_COMM_WORLD, &me.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &me.size);
    if (me.rank == 0)
        signal(SIGTERM, on_term);
    if (me.size > 1) /* the processes are the threads, unless somebody says otherwise */
        setenv("GS_THREADS", "1", 0);
    atexit(leave);
}

size_t gs_crew_size(void)
{
    return (size_t)me.size;
}

bool gs_crew_leads(void)
{
    return me.rank == 0;
}

/* ---- the others ---- */

static void report(uint64_t piece, gs_status st, const gs_err *err)
{
    result r = {.piece = piece, .code = st};
    if (st != GS_OK)
        memcpy(r.msg, err->msg, strnlen(err->msg, sizeof r.msg - 1));
    MPI_Send(&r, sizeof r, MPI_BYTE, 0, TAG_RESULT, MPI_COMM_WORLD);
}

static gs_status work(const gs_ensemble *e, const gs_pool *pool, double *out, gs_err *err)
{
    gs_status st = GS_OK;
    report(NONE, GS_OK, err); /* one in hand ... */
    report(NONE, GS_OK, err); /* ... and one ahead */
    for (size_t home = 0; home < 2;) {
        uint64_t piece;
        MPI_Recv(&piece, sizeof piece, MPI_BYTE, 0, TAG_PIECE, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        if (piece == NONE) {
            home++;
            continue;
        }
        gs_status one = gs_ensemble_run(e, (size_t)piece, pool, out, err);
        report(piece, one, err);
        if (one == GS_OK)
            MPI_Send(out, (int)(gs_ensemble_n_in(e, (size_t)piece) * gs_ensemble_width(e)),
                     MPI_DOUBLE, 0, TAG_NUMBERS, MPI_COMM_WORLD);
        else
            st = one;
    }
    return st;
}

/* ---- the leader ---- */

typedef struct leader {
    const gs_ensemble *e;
    journal *j;
    size_t next;     /* next piece to look at          */
    size_t at_home;  /* answers NONE given, 2 a worker */
    double *out;
    gs_status st;    /* the first failure of anybody   */
    gs_err *err;
} leader;

static uint64_t next_piece(leader *l)
{
    size_t n = gs_ensemble_n_piece(l->e);
    if (l->st != GS_OK)
        return NONE;
    while (l->next < n && journal_has(l->j, l->next))
        l->next++;
    return l->next < n ? l->next++ : NONE;
}

static void keep(leader *l, size_t piece)
{
    if (l->st == GS_OK)
        l->st = journal_put(l->j, piece,
                            gs_ensemble_n_in(l->e, piece) * gs_ensemble_width(l->e), l->out,
                            l->err);
}

/* One message in, one answer out. */
static void hear(leader *l)
{
    MPI_Status from;
    result r;
    MPI_Recv(&r, sizeof r, MPI_BYTE, MPI_ANY_SOURCE, TAG_RESULT, MPI_COMM_WORLD, &from);
    if (r.piece != NONE && r.code == GS_OK) {
        size_t n = gs_ensemble_n_in(l->e, (size_t)r.piece) * gs_ensemble_width(l->e);
        MPI_Recv(l->out, (int)n, MPI_DOUBLE, from.MPI_SOURCE, TAG_NUMBERS, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        keep(l, (size_t)r.piece);
    } else if (r.code != GS_OK && l->st == GS_OK) {
        l->st = gs_fail(l->err, (gs_status)r.code, "process %d: %s", from.MPI_SOURCE, r.msg);
    }
    uint64_t piece = next_piece(l);
    l->at_home += piece == NONE;
    MPI_Send(&piece, sizeof piece, MPI_BYTE, from.MPI_SOURCE, TAG_PIECE, MPI_COMM_WORLD);
}

static void lead(leader *l, const gs_pool *pool, const gs_progress *progress)
{
    size_t n = gs_ensemble_n_piece(l->e), all_home = 2 * (size_t)(me.size - 1);
    bool more = true;
    while (more || l->at_home < all_home) {
        int waiting = 1;
        if (more)
            MPI_Iprobe(MPI_ANY_SOURCE, TAG_RESULT, MPI_COMM_WORLD, &waiting, MPI_STATUS_IGNORE);
        if (gs_progress_cancelled(progress) && l->st == GS_OK)
            l->st = gs_fail(l->err, GS_ECANCEL, "stopped; what is done is kept");
        if (waiting && l->at_home < all_home) {
            hear(l);
        } else { /* nobody wants anything: a piece of one's own */
            uint64_t piece = next_piece(l);
            more = piece != NONE;
            if (more) {
                gs_status st = gs_ensemble_run(l->e, (size_t)piece, pool, l->out, l->err);
                if (st == GS_OK)
                    keep(l, (size_t)piece);
                else if (l->st == GS_OK && st != GS_ECANCEL) /* that is seen above */
                    l->st = st;
            }
        }
        gs_progress_tick(progress, "living", (double)journal_n_done(l->j) / (double)n);
    }
}

gs_status gs_crew_run(const gs_ensemble *e, uint64_t fingerprint, journal *j,
                      const gs_pool *pool, const gs_progress *progress, gs_err *err)
{
    size_t width = gs_ensemble_width(e), most = GS_ENSEMBLE_PIECE * width;
    double *out = most < INT_MAX ? malloc(most * sizeof *out + 1) : NULL;
    if (!agree(fingerprint, out != NULL)) {
        free(out);
        return gs_fail(err, GS_EUSE, "the processes of this run were given different work "
                       "(another scenario file, version or option on some machine), or one has "
                       "not enough memory for a piece");
    }
    gs_status st;
    if (me.rank == 0) {
        gs_ensemble asked = *e;
        asked.progress = progress;
        leader l = {.e = &asked, .j = j, .out = out, .err = err};
        lead(&l, pool, progress);
        st = l.st;
    } else {
        st = work(e, pool, out, err);
    }
    free(out);
    return st;
}
