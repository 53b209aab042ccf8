/* What Python keeps, and where, and how it is looked up (graph/snapshot/native/basis.py). */
#define NONE (-1)
#define STALE (-1)
#define UNKNOWN INT32_MAX
#define DAY_MIN 0
#define DAY_MAX 0x3fffff
#define ROW_MASK 0xffffffff
enum { SOURCE = 1, EITHER_WAY = 2 };              /* marks */
enum { IN = -1, EITHER = 0, OUT = 1 };            /* sides */
enum { ATTESTED = 8, UNSETTLED = 0 };             /* outcomes */
static const int64_t A_DAY = 86400000000, EPOCH = 719163; /* in microseconds; 1 January 1970 */
enum { STEP = 256, ID = 16, TAG = 8, RUNS = 64, SEVERAL = 32 };

typedef struct { /* graph.snapshot.columns.Rare: what every row says, or else what others do */
    int64_t narrow; /* whether that has 8 bits, and not 32 */
    const void *full;
    const int32_t *rows;
    const void *values;
    int64_t others;
} rare;

typedef struct { /* graph.snapshot.columns.Heap */
    const void *starts;
    int64_t wide; /* whether they have 64 bits */
    const char *mapped;
    int64_t length;
    const char *held;
} heap;

typedef struct { /* graph.snapshot.versions.Versions */
    const int32_t *written, *ended;
    int64_t newest; /* when the last was written */
    const int64_t *later;
    int64_t others;
} versions;

typedef struct { /* graph.snapshot.columns.Lists */
    const int32_t *few; /* the keys, if not all whole numbers from 0 are */
    int64_t keys;
    const int32_t *starts;
    rare rows;
    const int32_t *late; /* the keys that have more rows, which are not told of */
    int64_t lates;
} lists;

typedef struct { /* graph.snapshot.entries.Run: entries in the default order, from one place to another */
    const int32_t *rows, *key;
    const int16_t *type;
    const int32_t *far, *last;
    const uint8_t *marks, *settled;
    const uint64_t *zones; /* none, if they are not packed */
    int64_t zone;          /* how many entries each tells of, at most STEP */
    int64_t begin, end;
} run;

typedef struct { /* graph.snapshot.slices.Level: where each actor's entries begin, and all of them */
    const int64_t *starts;
    int64_t actors;
    run entries;
} level;

typedef struct { /* graph.snapshot.turns.Turns, graph.snapshot.tables.Tables, graph.snapshot.evidence.Evidence */
    const int32_t *turned, *turned_before, *turned_to;
    int64_t turns;
    versions relations;
    const char *id;
    const int16_t *type;
    const int32_t *source, *target, *start, *end, *outcome;
    const uint8_t *ongoing;
    rare first, about, about_as, attributed;
    heap attributes;
    versions actors;
    const int8_t *kind;
    heap names;
    const int8_t *status;
    const uint8_t *attested;
    const double *confidence;
    const int32_t *publishers;
    heap outcomes, types;
    const int64_t *instants;
    versions claims;
    rare claimed; /* the first version of each */
    const char *tag;
    const int8_t *stance;
    const int32_t *on, *claimant, *document, *dataset, *said_on;
    heap claim_cores;
    versions documents;
    const int32_t *publisher;
    heap document_cores;
    versions datasets;
    heap dataset_cores;
    lists claims_of;
    const int32_t *actors_named; /* graph.snapshot.ids.Lookup: records where the hashes of their ids lead */
    int64_t places;
    const uint8_t *hash_key;
    const level *levels;
    int64_t packed;
    const int32_t *loose; /* the actors that have more relations, which are not told of */
    int64_t loosened;
} basis;

typedef struct { /* graph.snapshot.view.View */
    int64_t k;
    const int32_t *absorbed, *survivors;
    int64_t merged;
    const int32_t *hidden;
    int64_t hiding;
    const int32_t *lost_documents;
    int64_t losing_documents;
    const int32_t *lost_datasets;
    int64_t losing_datasets;
    int64_t reach; /* relations from this row on were written later */
} view;

typedef struct { /* graph.snapshot.find.Wanted, and whose relations */
    int64_t limit;
    int64_t first, last;         /* the days asked about */
    int64_t since, reach;        /* the rows that were written in time */
    uint64_t marks[2], outcomes; /* what is meant, as in graph.snapshot.zones */
    int64_t kinds;               /* of the far end, a bit each; 0 if any will do */
    int64_t min_publishers;
    double min_confidence;       /* below 0 if any will do */
    int64_t ranges, means, owns; /* how many of the numbers below are pairs of types, from and to; far ends; and
                                    whoever is the near actor, if they are several */
    int64_t direction;           /* the side, if they are several: else marks tell it */
    int64_t resumes, key;        /* where the page before ended: behind this key, and the id below */
    int64_t letters;
    int64_t numbers[];           /* and the letters of the id behind them */
} question;

/* ---- Look-ups ---- */

/* Where a value is or would be put in. */
static int64_t placed(const int32_t *ascending, int64_t count, int32_t value) {
    int64_t low = 0;
    while (low < count) {
        int64_t middle = (low + count) / 2;
        if (ascending[middle] < value) low = middle + 1;
        else count = middle;
    }
    return low;
}

static int among(const int32_t *ascending, int64_t count, int32_t value) {
    int64_t at = placed(ascending, count, value);
    return at < count && ascending[at] == value;
}

static int32_t said(const rare *column, int32_t row, int32_t usual) {
    int64_t at = column->full ? row : placed(column->rows, column->others, row);
    const void *values = column->full ? column->full : column->values;
    if (!column->full && (at == column->others || column->rows[at] != row)) return usual;
    return column->narrow ? ((const int8_t *)values)[at] : ((const int32_t *)values)[at];
}

typedef struct {
    int64_t begin, end;
} lines;

/* The places that a key has in lists. */
static lines of_key(const lists *of, int32_t key) {
    int64_t at = of->few ? placed(of->few, of->keys, key) : key;
    if (at >= of->keys || (of->few && of->few[at] != key)) return (lines){0, 0};
    return (lines){of->starts[at], of->starts[at + 1]};
}

typedef struct {
    const char *begin;
    int64_t length;
} text;

static text string(const heap *of, int64_t row) {
    const int64_t *wide = of->starts;
    const uint32_t *narrow = of->starts;
    int64_t begin = of->wide ? wide[row] : narrow[row], end = of->wide ? wide[row + 1] : narrow[row + 1];
    return (text){end <= of->length ? of->mapped + begin : of->held + (begin - of->length), end - begin};
}

/* Behind the last of a record's later versions. */
static int64_t behind(const versions *of, int32_t record) {
    int64_t low = 0, high = of->others, key = ((int64_t)record + 1) << 32;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (of->later[middle] < key) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* The newest version written by k, standing or ended. */
static int32_t last_at(const versions *of, int32_t record, int64_t k) {
    for (int64_t at = behind(of, record); at && of->later[at - 1] >> 32 == record; at--) {
        int32_t row = (int32_t)(of->later[at - 1] & ROW_MASK);
        if (of->written[row] <= k) return row;
    }
    return k >= of->newest || of->written[record] <= k ? record : NONE;
}

/* Which version of its record a row is, from 1. */
static int64_t number(const versions *of, int32_t record, int32_t row) {
    int64_t number = 1;
    if (row != record)
        for (int64_t at = behind(of, record); at && of->later[at - 1] >> 32 == record; at--)
            number += (int64_t)(of->later[at - 1] & ROW_MASK) <= row;
    return number;
}

static int32_t resolved(const view *v, int32_t actor) {
    int64_t at = placed(v->absorbed, v->merged, actor);
    return at < v->merged && v->absorbed[at] == actor ? v->survivors[at] : actor;
}

static int hides(const view *v, int32_t actor) {
    return among(v->hidden, v->hiding, actor);
}

/* What a relation's claims come to at k, as a row of the evidence table; `STALE` if that has just changed, and the
 * basis does not reach so far: it must be made anew. */
static int32_t evidence(const basis *g, int64_t k, int32_t record) {
    if (g->relations.written[record] > k) return 0;
    int32_t found = g->outcome[record];
    if (found >= 0) return found;
    if (-found >= g->turns) return STALE;
    for (found = -found; g->turned[found] > k;) found = g->turned_before[found];
    return g->turned_to[found];
}
