/* The main query where it is hot: read as it is spelled, a page of an actor's relations found, put together as JSON.
 *
 * The rule: nothing here means anything of its own. `app.params` and `graph.queries` say what may be asked,
 * `graph.snapshot.find` and `graph.snapshot.item` what is found and shown. They are the reference; this does the same
 * in one pass where they take three hundred steps. What is asked for in a way that is not covered here is answered
 * there, with all that may be wrong with it, and where nobody has compiled this, everything is. Laws hold both to the
 * same rows and bytes (tests/test_native.py, tests/test_at_once.py).
 *
 * 1. Nothing here allocates, keeps anything or calls back. Whoever calls holds the interpreter's lock, so that columns
 *    stand still meanwhile, and the arrays that a `basis` points to, so that they are there as long as it is.
 * 2. Rows and records come out of the columns themselves and are not checked, so no column out of a file is looked at
 *    before its checksum was compared. What was noted in columns after a `basis` was made is either of a later
 *    revision, and passed over, or leads beyond them, which is `STALE`. A page's room is told with its address.
 * 3. What a client has sent is checked: each of its letters, and that there is room for it.
 * 4. Whatever Python fills in is 64 bits wide, so that no layout depends on a compiler. `layout` tells the sizes.
 */
#include <stdint.h>
#include <string.h>

/* In this order, for each rests on those before it. */
#include "columns.h"
#include "find.h"
#include "relations.h"
#include "claims.h"
#include "read.h"

/* ---- Items ---- */

typedef struct { /* one for each item: where they are, and where each ends */
    const char *begin;
    const int64_t *ends;
} fields;

/* Rows as items, a comma between them; where each ends, if that is wanted. Their sides and what is embedded have one
 * for each, if given. How long they are, or `STALE`; below that, if there is no room, as many bytes as would do. */
static int64_t items(
    const basis *g, const view *v, const int32_t *rows, const int8_t *sides, int64_t count, const fields *embedded,
    int with_claims, int64_t *ends, char *out, int64_t room
) {
    enum { NOWHERE = 2 };
    item several[SEVERAL];
    newest chosen[SEVERAL];
    char *at = out;
    int64_t needed = 0;
    for (int64_t begin = 0; begin < count; begin += SEVERAL) {
        int64_t many = count - begin < SEVERAL ? count - begin : SEVERAL;
        for (int64_t one = 0; one < many; one++) call_for(g, rows[begin + one]);
        for (int64_t one = 0; one < many; one++)
            if (look_up(several + one, g, v, rows[begin + one]) == STALE) return STALE;
        for (int64_t one = 0; one < many; one++) {
            call_for_text(several[one].source);
            call_for_text(several[one].target);
            call_for_text(several[one].outcome);
        }
        if (with_claims) choose_all(chosen, g, v, rows + begin, many);
        for (int64_t one = 0; one < many; one++) {
            const item *it = several + one;
            int64_t place = begin + one, from = embedded && place ? embedded->ends[place - 1] : 0;
            text own = embedded ? (text){embedded->begin + from, embedded->ends[place] - from} : (text){"", 0};
            needed += FIXED + it->type.length + it->source.length + it->target.length + it->attributes.length
                + it->outcome.length + own.length;
            if (needed <= room) {
                if (place) *at++ = ',';
                at = show(at, g, v, it, sides ? sides[place] : NOWHERE);
                at = say(at, own);
            }
            if (with_claims) at = embed(at, g, v, chosen + one, &needed, room);
            if (needed > room) continue;
            *at++ = '}';
            if (ends) ends[place] = at - out;
        }
    }
    return needed > room ? -needed : at - out;
}

/* The same, behind the places where each ends. */
int64_t show_all(
    const basis *g, const view *v, const int32_t *rows, const int8_t *sides, int64_t count,
    const char *extras, const int64_t *extra_ends, int64_t *ends, int64_t room
) {
    fields embedded = {extras, extra_ends};
    return items(g, v, rows, sides, count, extras ? &embedded : 0, 0, ends, (char *)(ends + count), room);
}

/* The claims on relations as a field of each, behind the places where each ends. Lengths as above. */
int64_t embed_claims(const basis *g, const view *v, const int32_t *rows, int64_t count, int64_t *ends, int64_t room) {
    newest chosen[SEVERAL];
    char *out = (char *)(ends + count), *at = out;
    int64_t needed = 0;
    for (int64_t begin = 0; begin < count; begin += SEVERAL) {
        int64_t many = count - begin < SEVERAL ? count - begin : SEVERAL;
        choose_all(chosen, g, v, rows + begin, many);
        for (int64_t one = 0; one < many; one++) {
            at = embed(at, g, v, chosen + one, &needed, room);
            ends[begin + one] = at - out;
        }
    }
    return needed > room ? -needed : at - out;
}

/* ---- The whole answer ---- */

enum { MOMENT = -3, LOOSE = -4, NARROW = -5 }; /* in place of one: give the view of `k`, the loose runs, more room */

typedef struct { /* what is told beside an answer, which follows */
    int64_t k, pinned;     /* the revision that it is of, and whether it can't change */
    int64_t next, letters; /* the cursor of the next page: where it begins in the answer, and its length */
    int64_t room;          /* how much an answer takes that is too long */
    int64_t owns, own[RUNS]; /* the actor, and whom it has absorbed */
} told_beside;

/* Where an answer looks: every run of an actor and of whom it has absorbed. How many, or why there is no answer yet. */
static int64_t lined_up(const basis *g, const told_beside *of, const run *loose, int64_t loosened, run *runs) {
    int64_t count = 0;
    for (int64_t one = 0; one < of->owns; one++) {
        if (!loose && among(g->loose, g->loosened, (int32_t)of->own[one])) return LOOSE;
        for (int64_t at = 0; at < g->packed; at++) {
            const level *l = g->levels + at;
            if (of->own[one] >= l->actors || l->starts[of->own[one]] == l->starts[of->own[one] + 1]) continue;
            if (count == RUNS) return ELSEWHERE;
            runs[count] = l->entries;
            runs[count].begin = l->starts[of->own[one]], runs[count++].end = l->starts[of->own[one] + 1];
        }
    }
    if (count + loosened > RUNS) return ELSEWHERE;
    if (loosened) memcpy(runs + count, loose, loosened * sizeof(run));
    return count + loosened;
}

typedef union { /* a question with room for its numbers, of which there is a bounded count */
    question of;
    int64_t room[sizeof(question) / 8 + 4 * FAR + 2 * RUNS + ID / 8];
} wanted;

/* What was read, as it is found. `ELSEWHERE` if somebody is named who is not there. */
static int64_t wants(
    wanted *w, const basis *g, const view *v, const asked *q, const told_beside *of, const cursor *after
) {
    question *it = &w->of;
    int64_t *number = it->numbers;
    *it = (question){
        .limit = q->limit + 1, .first = q->first, .last = q->last, .reach = v->reach, .kinds = q->kinds,
        .marks = {~(uint64_t)0, ~(uint64_t)0}, .outcomes = ~(uint64_t)0, .min_confidence = -1, .ranges = q->ranges,
        .owns = of->owns > 1 ? of->owns : 0,
    };
    for (int parameter = 0; parameter < SETS; parameter++) {
        const uint64_t *set = q->sets[parameter];
        if (!(set[0] | set[1] | set[2])) continue;
        if (parameter == DIRECTION && it->owns) it->direction = q->side;
        else it->marks[0] &= set[0], it->marks[1] &= set[1], it->outcomes &= set[2];
    }
    for (int64_t one = 0; one < 2 * q->ranges; one++) *number++ = q->types[one];
    for (int64_t one = 0; one < q->fars; one++) {
        int32_t far = actor(g, v, q->far[one]);
        int64_t absorbed = far == NONE ? ELSEWHERE : own(v, far, number, 2 * FAR + RUNS - it->means);
        if (absorbed == ELSEWHERE) return ELSEWHERE;
        number += absorbed, it->means += absorbed;
    }
    for (int64_t one = 0; one < it->owns; one++) *number++ = of->own[one];
    if (after) {
        it->resumes = 1, it->key = after->key, it->letters = ID;
        memcpy(number, after->id, ID);
    }
    return 0;
}

/* A page of the relations of an actor, as a query asks for it at the newest revision: how long it is, or why there is
 * none. What is told beside it precedes it; `loose` has all loose runs, if they were asked for. */
int64_t answer(
    const basis *g, const view *v, const dictionary *d, int64_t newest_k, const char *id, int64_t id_length,
    const char *query, int64_t query_length, const run *loose, int64_t loosened, told_beside *beside, int64_t room
) {
    asked q;
    wanted w;
    cursor after, next;
    run runs[RUNS];
    char *out = (char *)(beside + 1), *at = out;
    int64_t k = newest_k, pinned = 0;
    if (read_query(&q, d, (text){id, id_length}, (text){query, query_length}) == ELSEWHERE) return ELSEWHERE;
    if (q.known_at.begin && !known(g, q.known_at, newest_k, &k, &pinned)) return ELSEWHERE;
    if (q.cursor.begin) {
        if (!read_cursor(&after, q.cursor) || after.bound != bound(&q, d)) return ELSEWHERE;
        if (after.k < 0 || after.k > newest_k) return ELSEWHERE;
        k = after.k;
    }
    *beside = (told_beside){.k = k, .pinned = pinned};
    if (k != v->k) return MOMENT;
    int32_t near = actor(g, v, (text){id, id_length});
    if (near == NONE || (beside->owns = own(v, near, beside->own, RUNS)) == ELSEWHERE) return ELSEWHERE;
    int64_t count = lined_up(g, beside, loose, loosened, runs);
    if (count < 0) return count;
    if (wants(&w, g, v, &q, beside, q.cursor.begin ? &after : 0) == ELSEWHERE) return ELSEWHERE;
    int64_t found_room = w.of.limit * (count > 1 ? count + 1 : 1), taken = found_room * 5 + 8;
    beside->room = taken + 2 * FIXED;
    if (room < beside->room) return NARROW;
    int32_t *rows = (int32_t *)(out + (room - taken) / 4 * 4);
    int64_t found = count ? find(g, v, &w.of, runs, count, rows, found_room) : 0;
    if (found == STALE) return STALE;
    int64_t shown = found < q.limit ? found : q.limit;
    for (int64_t one = 0; q.claims && g->claims_of.lates && one < shown; one++)
        if (among(g->claims_of.late, g->claims_of.lates, said(&g->first, rows[one], rows[one]))) return ELSEWHERE;
    SAY("{\"items\":[");
    int64_t left = room - taken - 2 * FIXED;
    int64_t length = items(g, v, rows, (int8_t *)(rows + found_room), shown, 0, (int)q.claims, 0, at, left);
    if (length == STALE) return STALE;
    if (length < 0) {
        beside->room -= length;
        return NARROW;
    }
    at += length;
    SAY("],\"next\":");
    if (found > shown) {
        next = (cursor){.bound = q.cursor.begin ? after.bound : bound(&q, d), .k = k, .key = key(g, rows[shown - 1])};
        memcpy(next.id, g->id + (int64_t)rows[shown - 1] * ID, ID);
        SAY("\"");
        beside->next = at - out;
        at += beside->letters = told_cursor(at, &next);
        SAY("\"");
    } else SAY("null");
    SAY(",\"total\":null}");
    return at - out;
}

/* ---- Counting ---- */

#define EACH(type) \
    for (; at + 4 <= count; at += 4) { \
        const type *four = (const type *)numbers + at; \
        one[four[0]]++, two[four[1]]++, three[four[2]]++, last[four[3]]++; \
    } \
    for (; at < count; at++) one[((const type *)numbers)[at]]++

/* How many of some numbers below `room` there are of each: in four tables, or all in one. Where the same numbers come
 * again and again, each would have to wait for the one before it. */
void tally(const void *numbers, int64_t width, int64_t count, int32_t *counts, int64_t room, int64_t tables) {
    int64_t at = 0, next = tables == 4 ? room : 0;
    int32_t *one = counts, *two = one + next, *three = two + next, *last = three + next;
    if (width == 2) { EACH(int16_t); }
    if (width == 4) { EACH(int32_t); }
}

void layout(int64_t *sizes) {
    sizes[0] = sizeof(basis), sizes[1] = sizeof(view), sizes[2] = sizeof(run), sizes[3] = sizeof(question);
    sizes[4] = sizeof(level), sizes[5] = sizeof(word), sizes[6] = sizeof(told_beside), sizes[7] = RUNS;
}
