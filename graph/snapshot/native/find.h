/* Finding: which relations of an actor match, in the default order (graph/snapshot/find). */
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
