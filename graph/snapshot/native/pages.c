/* The main query where it is hot: a page of an actor's relations, found, and put together as JSON.
 *
 * The rule: nothing here means anything of its own. `graph.snapshot.find` and `graph.snapshot.item` say what is asked
 * and shown, and are the reference; this does the same in one pass where they take a hundred steps. What is asked for in
 * a way that is not covered here is answered there, and where nobody has compiled this, everything is. Laws hold both to
 * the same rows and bytes (tests/test_native.py).
 *
 * 1. Nothing here allocates, keeps anything or calls back. Whoever calls holds the interpreter's lock, so that columns
 *    stand still meanwhile, and the arrays that a `basis` points to, so that they are there as long as it is.
 * 2. Rows and records come out of the columns themselves and are not checked, so no column out of a file is looked at
 *    before its checksum was compared. What was noted in columns after a `basis` was made is either of a later revision,
 *    and passed over, or leads beyond them, which is `STALE`. A page's room is told with its address.
 * 3. Whatever Python fills in is 64 bits wide, so that no layout depends on a compiler. `layout` tells the sizes.
 */
#include <stdint.h>
#include <string.h>

#define NONE (-1)
#define STALE (-1)
#define UNKNOWN INT32_MAX
#define DAY_MIN 0
#define DAY_MAX 0x3fffff
#define ROW_MASK 0xffffffff
enum { SOURCE = 1, EITHER_WAY = 2 };              /* marks */
enum { IN = -1, EITHER = 0, OUT = 1 };            /* sides */
enum { ATTESTED = 8, UNSETTLED = 0 };             /* outcomes */
enum { STEP = 256, ID = 16, TAG = 8, RUNS = 64 };

/* ---- What Python keeps, and where (graph/snapshot/native/basis.py) ---- */

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
} lists;

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
    lists claims_of; /* those on each relation, but for the last that came */
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
} view;

typedef struct { /* graph.snapshot.entries.Run: entries in the default order, from one place to another */
    const int32_t *rows, *key;
    const int16_t *type;
    const int32_t *far, *last;
    const uint8_t *marks, *settled;
    const uint64_t *zones; /* none, if they are not packed */
    int64_t zone;          /* how many entries each tells of, at most STEP */
    int64_t begin, end;
} run;

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

void layout(int64_t *sizes) {
    sizes[0] = sizeof(basis), sizes[1] = sizeof(view), sizes[2] = sizeof(run), sizes[3] = sizeof(question), sizes[4] = RUNS;
}

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

/* ---- Finding ---- */

static int before(const basis *g, const question *q, int32_t key, int32_t row) {
    if (key != q->key) return key < q->key;
    const int64_t *id = q->numbers + 2 * q->ranges + q->means + q->owns;
    int differs = memcmp(g->id + (int64_t)row * ID, id, q->letters < ID ? q->letters : ID);
    return differs < 0 || (!differs && q->letters >= ID);
}

/* Where a run goes on after the page before, and after what began too late. */
static int64_t begun(const basis *g, const question *q, const run *r) {
    int64_t low = r->begin, high = r->end;
    while (q->resumes && low < high) {
        int64_t middle = (low + high) / 2;
        if (before(g, q, r->key[middle], r->rows[middle])) low = middle + 1;
        else high = middle;
    }
    return q->last < DAY_MAX ? low + placed(r->key + low, r->end - low, (int32_t)-q->last) : low;
}

/* Which entries of a stretch the columns leave: a loop over each, so that they are looked at many at a time. */
static int sifted(const question *q, const run *r, int64_t begin, int count, uint8_t *kept) {
    uint8_t any[STEP];
    memset(kept, 1, count);
    memset(kept + count, 0, STEP - count);
    if (q->ranges) {
        const int16_t *type = r->type + begin;
        memset(any, 0, STEP);
        for (int64_t range = 0; range < q->ranges; range++) {
            int16_t low = (int16_t)q->numbers[2 * range], high = (int16_t)q->numbers[2 * range + 1];
            for (int i = 0; i < count; i++) any[i] |= (type[i] >= low) & (type[i] < high);
        }
        for (int i = 0; i < count; i++) kept[i] &= any[i];
    }
    if (q->means) {
        const int32_t *far = r->far + begin;
        memset(any, 0, STEP);
        for (int64_t one = 0; one < q->means; one++) {
            int32_t meant = (int32_t)q->numbers[2 * q->ranges + one];
            for (int i = 0; i < count; i++) any[i] |= far[i] == meant;
        }
        for (int i = 0; i < count; i++) kept[i] &= any[i];
    }
    if (q->first > DAY_MIN) {
        const int32_t *last = r->last + begin;
        int32_t first = (int32_t)q->first;
        for (int i = 0; i < count; i++) kept[i] &= last[i] >= first;
    }
    uint64_t word, left = 0;
    for (int i = 0; i < STEP; i += 8) memcpy(&word, kept + i, 8), left |= word;
    return left != 0;
}

/* Whether an entry is visible and its claims come to what is meant; or `STALE`. */
static int told(const basis *g, const view *v, const question *q, int32_t row, int settled) {
    if (settled != UNSETTLED && !q->min_publishers && q->min_confidence < 0) return q->outcomes >> settled & 1;
    if (g->relations.written[row] > v->k || g->relations.ended[row] <= v->k) return 0;
    int32_t found = evidence(g, v->k, said(&g->first, row, row));
    if (found == STALE) return STALE;
    if (!found || g->publishers[found] < q->min_publishers) return 0;
    if (q->min_confidence >= 0 && !(g->confidence[found] >= q->min_confidence)) return 0; /* nan: nobody gave one */
    return q->outcomes >> (g->status[found] + ATTESTED * g->attested[found]) & 1;
}

/* Whether an entry matches, and from which side it is seen then; or `STALE`. */
static int matches(const basis *g, const view *v, const question *q, const run *r, int64_t at, int8_t *side) {
    int32_t row = r->rows[at];
    int mark = r->marks[at];
    if (!(q->marks[mark >> 6] >> (mark & 63) & 1) || row < q->since || row >= q->reach) return 0;
    *side = mark & EITHER_WAY ? EITHER : mark & SOURCE ? OUT : IN;
    if (q->owns) { /* what is between two of them is in both their runs: the source's counts, either way */
        const int64_t *own = q->numbers + 2 * q->ranges + q->means;
        for (int64_t one = 0; one < q->owns; one++)
            if (own[one] == r->far[at]) {
                if (!(mark & SOURCE)) return 0;
                *side = EITHER;
            }
        if (q->direction && *side && *side != q->direction) return 0;
    }
    if (v->hiding || q->kinds) {
        int32_t far = resolved(v, r->far[at]);
        if (hides(v, far)) return 0;
        if (q->kinds && !(q->kinds >> g->kind[last_at(&g->actors, far, v->k)] & 1)) return 0;
    }
    return told(g, v, q, row, r->settled[at]);
}

/* The first matching rows of a run: how many, or `STALE`. */
static int64_t first(
    const basis *g, const view *v, const question *q, const run *r, int32_t *rows, int8_t *sides
) {
    uint8_t kept[STEP];
    int64_t found = 0, next;
    for (int64_t at = begun(g, q, r); at < r->end; at = next) {
        int64_t zone = at / r->zone;
        next = (zone + 1) * r->zone < r->end ? (zone + 1) * r->zone : r->end;
        if (r->zones) {
            const uint64_t *promised = r->zones + zone * 3;
            if (!(promised[0] & q->marks[0] || promised[1] & q->marks[1]) || !(promised[2] & q->outcomes)) continue;
        }
        if (!sifted(q, r, at, (int)(next - at), kept)) continue;
        for (int64_t one = at; one < next; one++) {
            int fits = kept[one - at] ? matches(g, v, q, r, one, sides + found) : 0;
            if (fits == STALE) return STALE;
            if (!fits) continue;
            rows[found++] = r->rows[one];
            if (found == q->limit) return found;
        }
    }
    return found;
}

static int32_t key(const basis *g, int32_t row) {
    return g->start[row] ? -(g->start[row] >> 2) : UNKNOWN;
}

static int precedes(const basis *g, int32_t one, int32_t other) {
    int32_t left = key(g, one), right = key(g, other);
    return left != right ? left < right : memcmp(g->id + (int64_t)one * ID, g->id + (int64_t)other * ID, ID) < 0;
}

/* The first matching rows of all runs, and behind the room for rows from which side each is seen. There is room for
 * `limit` of each run besides, if there are several. How many, or `STALE`. */
int64_t find(
    const basis *g, const view *v, const question *q, const run *runs, int64_t count, int32_t *rows, int64_t room
) {
    int8_t *sides = (int8_t *)(rows + room);
    int64_t at[RUNS], end[RUNS], found = 0;
    if (count == 1) return first(g, v, q, runs, rows, sides);
    for (int64_t each = 0; each < count; each++) {
        at[each] = q->limit * (each + 1);
        int64_t own = first(g, v, q, runs + each, rows + at[each], sides + at[each]);
        if (own == STALE) return STALE;
        end[each] = at[each] + own;
    }
    for (; found < q->limit; found++) {
        int64_t least = NONE;
        for (int64_t each = 0; each < count; each++)
            if (at[each] < end[each] && (least == NONE || precedes(g, rows[at[each]], rows[at[least]]))) least = each;
        if (least == NONE) break;
        rows[found] = rows[at[least]];
        sides[found] = sides[at[least]++];
    }
    return found;
}

/* ---- Showing relations ---- */

#define SAY(literal) (memcpy(at, literal, sizeof(literal) - 1), at += sizeof(literal) - 1)
enum { FIXED = 512 }; /* more than all of an item takes that has no length of its own */

static char *say(char *at, text told) {
    memcpy(at, told.begin, told.length);
    return at + told.length;
}

/* A number of as many digits, or of as many as it has. */
static char *digits(char *at, int64_t value, int count) {
    if (!count)
        for (int64_t rest = value; count++, rest >= 10;) rest /= 10;
    for (int place = count; place--; value /= 10) at[place] = (char)('0' + value % 10);
    return at + count;
}

/* A day of the proleptic Gregorian calendar (1 January of the year 1 is 1), by the cycle of 146,097 days in 400 years
 * that begin in March (Howard Hinnant, chrono-compatible low-level date algorithms). */
static char *day(char *at, int64_t ordinal, int precision) {
    int64_t days = ordinal + 305, cycle = days / 146097, in_cycle = days % 146097;
    int64_t year = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
    int64_t in_year = in_cycle - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
    int64_t of_month = in_year - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    at = digits(at, year + 400 * cycle + (month <= 2), 4);
    if (precision > 1) *at++ = '-', at = digits(at, month, 2);
    if (precision > 2) *at++ = '-', at = digits(at, of_month, 2);
    return at;
}

static char *date(char *at, int32_t packed) {
    if (!packed) return SAY("null");
    *at++ = '"';
    at = day(at, packed >> 2, packed & 3);
    *at++ = '"';
    return at;
}

static char *instant(char *at, const basis *g, int64_t revision) {
    const int64_t a_day = 86400000000, epoch = 719163;
    int64_t us = revision ? g->instants[revision - 1] : 0, days = us / a_day - (us % a_day < 0);
    us -= days * a_day;
    *at++ = '"';
    at = day(at, days + epoch, 3);
    *at++ = 'T', at = digits(at, us / 3600000000, 2);
    *at++ = ':', at = digits(at, us / 60000000 % 60, 2);
    *at++ = ':', at = digits(at, us / 1000000 % 60, 2);
    *at++ = '.', at = digits(at, us % 1000000, 6);
    return SAY("Z\"");
}

static text name(const basis *g, const view *v, int32_t actor) {
    int32_t row = actor == NONE ? NONE : last_at(&g->actors, resolved(v, actor), v->k);
    return row == NONE ? (text){"null", 4} : string(&g->names, row);
}

static char *clocks(char *at, const basis *g, const view *v, const versions *of, int32_t record, int32_t row) {
    SAY(",\"version\":");
    at = digits(at, number(of, record, row), 0);
    SAY(",\"recorded_at\":");
    at = instant(at, g, of->written[row]);
    SAY(",\"retracted_at\":");
    if (of->ended[row] <= v->k) return instant(at, g, of->ended[row]);
    return SAY("null");
}

static const text AS[] = {{"content", 7}, {"evidence", 8}, {"response", 8}, {"retaliation", 11}, {"condition", 9}};

typedef struct { /* what of an item is looked up before it is written */
    int32_t row, record;
    text type, source, target, attributes, outcome;
} item;

static int look_up(item *it, const basis *g, const view *v, int32_t row) {
    int32_t record = said(&g->first, row, row), filled = said(&g->attributed, row, NONE);
    int32_t found = evidence(g, v->k, record);
    if (found == STALE) return STALE;
    *it = (item){
        row, record, string(&g->types, g->type[row]), name(g, v, g->source[row]), name(g, v, g->target[row]),
        filled == NONE ? (text){"{}", 2} : string(&g->attributes, filled), string(&g->outcomes, found),
    };
    return 0;
}

static char *show(char *at, const basis *g, const view *v, const item *it, int side, text extra) {
    int32_t row = it->row, about = said(&g->about, row, NONE);
    SAY("{\"id\":\"");
    at = say(at, (text){g->id + (int64_t)row * ID, ID});
    SAY("\",");
    at = say(at, it->type);
    SAY(",\"source\":");
    at = say(at, it->source);
    SAY(",\"target\":");
    at = say(at, it->target);
    side == OUT ? SAY(",\"direction\":\"out\"") : side == IN ? SAY(",\"direction\":\"in\"")
        : side == EITHER ? SAY(",\"direction\":\"any\"") : SAY(",\"direction\":null");
    SAY(",\"start\":");
    at = date(at, g->start[row]);
    SAY(",\"end\":");
    at = date(at, g->end[row]);
    g->end[row] ? SAY(",\"end_status\":\"ended\"") : g->ongoing[row] ? SAY(",\"end_status\":\"ongoing\"")
        : SAY(",\"end_status\":\"unknown\"");
    SAY(",\"attributes\":");
    at = say(at, it->attributes);
    if (about == NONE) SAY(",\"about\":null,");
    else {
        SAY(",\"about\":{\"relation\":\"");
        at = say(at, (text){g->id + (int64_t)about * ID, ID});
        SAY("\",\"as\":\"");
        at = say(at, AS[said(&g->about_as, row, 0)]);
        SAY("\"},");
    }
    at = say(at, it->outcome);
    at = clocks(at, g, v, &g->relations, it->record, row);
    at = say(at, extra);
    *at++ = '}';
    return at;
}

/* The columns of a row are far apart in memory: they are called for before they are needed, all at once. */
static void call_for(const basis *g, int32_t row) {
    __builtin_prefetch(g->id + (int64_t)row * ID);
    __builtin_prefetch(g->type + row);
    __builtin_prefetch(g->source + row);
    __builtin_prefetch(g->target + row);
    __builtin_prefetch(g->start + row);
    __builtin_prefetch(g->end + row);
    __builtin_prefetch(g->ongoing + row);
    __builtin_prefetch(g->outcome + row);
    __builtin_prefetch(g->relations.written + row);
    __builtin_prefetch(g->relations.ended + row);
}

/* Rows as items, a comma between them, behind the places where each ends. `sides` and `extras` have one for each, if
 * given. How long the items are, or `STALE`; below that, if there is no room for them, as many bytes as would do. */
int64_t show_all(
    const basis *g, const view *v, const int32_t *rows, const int8_t *sides, int64_t count,
    const char *extras, const int64_t *extra_ends, int64_t *ends, int64_t room
) {
    enum { SEVERAL = 32, NOWHERE = 2 };
    item items[SEVERAL];
    char *out = (char *)(ends + count), *at = out;
    int64_t needed = 0;
    for (int64_t begin = 0; begin < count; begin += SEVERAL) {
        int64_t many = count - begin < SEVERAL ? count - begin : SEVERAL;
        for (int64_t one = 0; one < many; one++) call_for(g, rows[begin + one]);
        for (int64_t one = 0; one < many; one++) {
            if (look_up(items + one, g, v, rows[begin + one]) == STALE) return STALE;
            __builtin_prefetch(items[one].source.begin);
            __builtin_prefetch(items[one].target.begin);
            __builtin_prefetch(items[one].outcome.begin);
        }
        for (int64_t one = 0; one < many; one++) {
            const item *it = items + one;
            int64_t place = begin + one, extra = extras && place ? extra_ends[place - 1] : 0;
            text own = extras ? (text){extras + extra, extra_ends[place] - extra} : (text){"", 0};
            needed += FIXED + it->type.length + it->source.length + it->target.length + it->attributes.length
                + it->outcome.length + own.length;
            if (needed > room) continue;
            if (place) *at++ = ',';
            at = show(at, g, v, it, sides ? sides[place] : NOWHERE, own);
            ends[place] = at - out;
        }
    }
    return needed > room ? -needed : at - out;
}

/* ---- Showing claims ---- */

static const text STANCES[] = {{"affirms", 7}, {"denies", 6}, {"doubts", 6}};

/* Where in a text another one begins; they are names of fields, and within strings no quotation mark stands bare. */
static int64_t found(text in, text what) {
    const char *end = in.begin + in.length - what.length;
    for (const char *at = in.begin; at <= end && (at = memchr(at, *what.begin, end - at + 1)); at++)
        if (!memcmp(at, what.begin, what.length)) return at - in.begin;
    return NONE;
}

#define FIELD(name) (text){",\"" name "\":", sizeof(name) + 3}

typedef struct { /* what of a claim is looked up before it is written: its core in parts, as it is shown */
    int32_t row, record;
    text told, via, rest, coder, claimant, document, printed, publisher, dataset;
    int certain; /* whether it tells its confidence */
    int64_t length;
} claim;

/* The actors through whom it came, whose records are told in brackets: their names, or how long those are. */
static int64_t names(char *at, const basis *g, const view *v, text records) {
    int64_t length = 0;
    for (const char *one = records.begin; one < records.begin + records.length; one++) {
        int32_t record = 0;
        for (; *one >= '0' && *one <= '9'; one++) record = 10 * record + (*one - '0');
        text own = name(g, v, record);
        if (at && length) at[length] = ',';
        length += length > 0;
        if (at) memcpy(at + length, own.begin, own.length);
        length += own.length;
    }
    return length;
}

static void look_up_claim(claim *it, const basis *g, const view *v, int32_t row) {
    static const text NULLED = {"null", 4}, NOTHING = {"", 0};
    text core = string(&g->claim_cores, row), coded = FIELD("coded_by"), via = FIELD("via");
    int64_t at = core.length - coded.length, begin, end;
    while (memcmp(core.begin + at, coded.begin, coded.length)) at--; /* it is the last */
    int32_t record = g->document[row], document = record == NONE ? NONE : last_at(&g->documents, record, v->k);
    record = g->dataset[row];
    int32_t dataset = record == NONE ? NONE : last_at(&g->datasets, record, v->k);
    *it = (claim){.row = row, .record = said(&g->claimed, row, row), .claimant = name(g, v, g->claimant[row])};
    it->coder = (text){core.begin + at + coded.length, core.length - at - coded.length - 1};
    it->told = (text){core.begin + 1, at - 1};
    it->certain = core.begin[at - 1] != '}';
    begin = found(it->told, via) + via.length + 1;
    end = begin + found((text){it->told.begin + begin, it->told.length - begin}, (text){"]", 1});
    it->via = (text){it->told.begin + begin, end - begin};
    it->rest = (text){it->told.begin + end, it->told.length - end};
    it->told.length = begin;
    it->document = it->dataset = NULLED;
    it->printed = it->publisher = NOTHING;
    if (document != NONE) {
        core = string(&g->document_cores, document);
        begin = found(core, FIELD("published_on")), end = found(core, FIELD("language"));
        it->document = (text){core.begin, begin};
        it->printed = (text){core.begin + begin, end - begin};
        it->publisher = name(g, v, g->publisher[document]);
    }
    if (dataset != NONE) {
        core = string(&g->dataset_cores, dataset);
        it->dataset = (text){core.begin, found(core, FIELD("edition"))};
    }
    it->length = it->told.length + names(0, g, v, it->via) + it->rest.length + it->coder.length + it->claimant.length
        + it->document.length + it->printed.length + it->publisher.length + it->dataset.length;
}

static char *show_claim(char *at, const basis *g, const view *v, const claim *it) {
    text relation = {g->id + (int64_t)g->on[it->row] * ID, ID};
    SAY("{\"id\":\"");
    at = say(at, relation);
    *at++ = '.';
    at = say(at, (text){g->tag + (int64_t)it->row * TAG, TAG});
    SAY("\",\"relation\":\"");
    at = say(at, relation);
    SAY("\",\"stance\":\"");
    at = say(at, STANCES[g->stance[it->row]]);
    SAY("\",\"claimant\":");
    at = say(at, it->claimant);
    SAY(",\"said_on\":");
    at = date(at, g->said_on[it->row]);
    SAY(",\"document\":");
    at = say(at, it->document);
    if (it->printed.length) {
        SAY(",\"publisher\":");
        at = say(at, it->publisher);
        at = say(at, it->printed);
        *at++ = '}';
    }
    SAY(",\"dataset\":");
    at = say(at, it->dataset);
    if (*it->dataset.begin == '{') *at++ = '}';
    *at++ = ',';
    at = say(at, it->told);
    at += names(at, g, v, it->via);
    at = say(at, it->rest);
    if (!it->certain) SAY(",\"confidence\":null");
    SAY(",\"coded_by\":");
    at = say(at, it->coder);
    at = clocks(at, g, v, &g->claims, it->record, it->row);
    *at++ = '}';
    return at;
}

static void call_for_claim(const basis *g, int32_t row) {
    __builtin_prefetch(g->tag + (int64_t)row * TAG);
    __builtin_prefetch(g->on + row);
    __builtin_prefetch(g->stance + row);
    __builtin_prefetch(g->claimant + row);
    __builtin_prefetch(g->said_on + row);
    __builtin_prefetch(g->document + row);
    __builtin_prefetch(g->dataset + row);
    __builtin_prefetch(g->claims.written + row);
    __builtin_prefetch(g->claims.ended + row);
    __builtin_prefetch((const char *)g->claim_cores.starts + row * (g->claim_cores.wide ? 8 : 4));
}

/* Versions of claims, a comma between them, behind the places where each ends. Lengths as above. */
int64_t show_claims(const basis *g, const view *v, const int32_t *rows, int64_t count, int64_t *ends, int64_t room) {
    char *out = (char *)(ends + count), *at = out;
    int64_t needed = 0;
    for (int64_t one = 0; one < count; one++) {
        claim it;
        look_up_claim(&it, g, v, rows[one]);
        needed += FIXED + it.length;
        if (needed > room) continue;
        if (one) *at++ = ',';
        at = show_claim(at, g, v, &it);
        ends[one] = at - out;
    }
    return needed > room ? -needed : at - out;
}

/* ---- Claims in the relations that they are on ---- */

enum { NEWEST = 20 };

typedef struct {
    int32_t rows[NEWEST];
    int64_t count;
} newest;

static int visible(const basis *g, const view *v, int32_t row) {
    if (g->claims.written[row] > v->k || g->claims.ended[row] <= v->k) return 0;
    if (v->hiding && g->claimant[row] != NONE && hides(v, resolved(v, g->claimant[row]))) return 0;
    return !among(v->lost_documents, v->losing_documents, g->document[row])
        && !among(v->lost_datasets, v->losing_datasets, g->dataset[row]);
}

static int newer(const basis *g, int32_t one, int32_t other) {
    int32_t left = g->claims.written[one], right = g->claims.written[other];
    return left != right ? left > right
                         : memcmp(g->tag + (int64_t)one * TAG, g->tag + (int64_t)other * TAG, TAG) < 0;
}

/* The newest visible claims on a relation, ties by id. */
static void choose(newest *of, const basis *g, const view *v, lines claims) {
    of->count = 0;
    for (int64_t place = claims.begin; place < claims.end; place++) {
        int32_t row = said(&g->claims_of.rows, (int32_t)place, (int32_t)place);
        if (!visible(g, v, row)) continue;
        int64_t at = of->count < NEWEST ? of->count++ : NEWEST;
        for (; at && newer(g, row, of->rows[at - 1]); at--)
            if (at < NEWEST) of->rows[at] = of->rows[at - 1];
        if (at < NEWEST) of->rows[at] = row;
    }
}

/* The claims on relations as a field of each, behind the places where each ends. Lengths as above. */
int64_t embed_claims(const basis *g, const view *v, const int32_t *rows, int64_t count, int64_t *ends, int64_t room) {
    enum { SEVERAL = 32 };
    lines claims[SEVERAL];
    newest chosen[SEVERAL];
    char *out = (char *)(ends + count), *at = out;
    int64_t needed = 0;
    for (int64_t begin = 0; begin < count; begin += SEVERAL) {
        int64_t many = count - begin < SEVERAL ? count - begin : SEVERAL;
        for (int64_t one = 0; one < many; one++) {
            int32_t record = said(&g->first, rows[begin + one], rows[begin + one]);
            claims[one] = of_key(&g->claims_of, record);
            call_for_claim(g, (int32_t)claims[one].begin); /* where a relation's first claim is, but for few */
        }
        for (int64_t one = 0; one < many; one++) {
            choose(chosen + one, g, v, claims[one]);
            if (chosen[one].count) __builtin_prefetch(string(&g->claim_cores, *chosen[one].rows).begin);
        }
        for (int64_t one = 0; one < many; one++) {
            needed += FIXED;
            if (needed <= room) SAY(",\"claims\":[");
            for (int64_t place = 0; place < chosen[one].count; place++) {
                claim it;
                look_up_claim(&it, g, v, chosen[one].rows[place]);
                needed += FIXED + it.length;
                if (needed > room) continue;
                if (place) *at++ = ',';
                at = show_claim(at, g, v, &it);
            }
            if (needed <= room) *at++ = ']';
            ends[begin + one] = at - out;
        }
    }
    return needed > room ? -needed : at - out;
}
