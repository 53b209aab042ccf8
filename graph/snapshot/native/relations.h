/* Showing relations (graph/snapshot/item/relations.py). */
#define SAY(literal) (memcpy(at, literal, sizeof(literal) - 1), at += sizeof(literal) - 1)
enum { FIXED = 512 }; /* more than all of an item takes that has no length of its own */

static char *say(char *at, text told) {
    memcpy(at, told.begin, told.length);
    return at + told.length;
}

/* A number of as many digits as it has. */
static char *digits(char *at, uint64_t value) {
    int count = 1;
    for (uint64_t rest = value; rest >= 10; count++) rest /= 10;
    for (int place = count; place--; value /= 10) at[place] = (char)('0' + value % 10);
    return at + count;
}

/* One of two. */
static char *pair(char *at, uint32_t value) {
    static const char PAIRS[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    memcpy(at, PAIRS + 2 * value, 2);
    return at + 2;
}

/* A day of the proleptic Gregorian calendar (1 January of the year 1 is 1), by the cycle of 146,097 days in 400 years
 * that begin in March (Howard Hinnant, chrono-compatible low-level date algorithms). */
static char *day(char *at, uint32_t ordinal, int precision) {
    uint32_t days = ordinal + 305, cycle = days / 146097, in_cycle = days % 146097;
    uint32_t year = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
    uint32_t in_year = in_cycle - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
    uint32_t of_month = in_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += 400 * cycle + (month <= 2);
    at = pair(pair(at, year / 100), year % 100);
    if (precision > 1) *at++ = '-', at = pair(at, month);
    if (precision > 2) *at++ = '-', at = pair(at, of_month);
    return at;
}

static char *date(char *at, int32_t packed) {
    if (!packed) return SAY("null");
    *at++ = '"';
    at = day(at, (uint32_t)packed >> 2, packed & 3);
    *at++ = '"';
    return at;
}

static char *instant(char *at, const basis *g, int64_t revision) {
    int64_t us = revision ? g->instants[revision - 1] : 0, days = us / A_DAY - (us % A_DAY < 0);
    us -= days * A_DAY;
    uint32_t seconds = (uint32_t)(us / 1000000), decimals = (uint32_t)(us % 1000000);
    *at++ = '"';
    at = day(at, (uint32_t)(days + EPOCH), 3);
    *at++ = 'T', at = pair(at, seconds / 3600);
    *at++ = ':', at = pair(at, seconds / 60 % 60);
    *at++ = ':', at = pair(at, seconds % 60);
    *at++ = '.', at = pair(pair(pair(at, decimals / 10000), decimals / 100 % 100), decimals % 100);
    return SAY("Z\"");
}

static text name(const basis *g, const view *v, int32_t actor) {
    int32_t row = actor == NONE ? NONE : last_at(&g->actors, resolved(v, actor), v->k);
    return row == NONE ? (text){"null", 4} : string(&g->names, row);
}

static char *clocks(char *at, const basis *g, const view *v, const versions *of, int32_t record, int32_t row) {
    SAY(",\"version\":");
    at = digits(at, (uint64_t)number(of, record, row));
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

/* All of an item but its last brace, before which there is room for what is embedded. */
static char *show(char *at, const basis *g, const view *v, const item *it, int side) {
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
    return clocks(at, g, v, &g->relations, it->record, row);
}

/* The columns of a row are far apart in memory: they are called for before they are needed, all at once. By reading a
 * byte, for of prefetches many are dropped where the processor would have to look the page up first. */
#define CALL(address) ((void)*(const volatile char *)(address))

static void call_for_text(text of) {
    if (of.length) CALL(of.begin), CALL(of.begin + of.length - 1);
}

static void call_for(const basis *g, int32_t row) {
    CALL(g->id + (int64_t)row * ID);
    CALL(g->type + row);
    CALL(g->source + row);
    CALL(g->target + row);
    CALL(g->start + row);
    CALL(g->end + row);
    CALL(g->ongoing + row);
    CALL(g->outcome + row);
    CALL(g->relations.written + row);
    CALL(g->relations.ended + row);
}
