/* Reading a question as it is spelled: name=value, "&" between two. What is not understood here need not be wrong, and
 * why it is wrong is not told here: it is read by `app.params` then. */

enum { ELSEWHERE = -2 }; /* in place of an answer: what is asked is not covered here */
enum { PARTS = 32, LETTERS = 2048, FAR = 16 };

/* ---- Hashes: BLAKE2b (RFC 7693) of eight bytes ---- */

enum { BLOCK = 128, KEY = 16 };

typedef struct {
    uint64_t state[8], length;
    uint8_t block[BLOCK];
} hash;

static uint64_t rotated(uint64_t word, int by) {
    return word >> by | word << (64 - by);
}

static void mix(uint64_t *w, int a, int b, int c, int d, uint64_t x, uint64_t y) {
    w[a] += w[b] + x, w[d] = rotated(w[d] ^ w[a], 32), w[c] += w[d], w[b] = rotated(w[b] ^ w[c], 24);
    w[a] += w[b] + y, w[d] = rotated(w[d] ^ w[a], 16), w[c] += w[d], w[b] = rotated(w[b] ^ w[c], 63);
}

static const uint64_t BEGIN[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};
static const uint8_t ORDER[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static void compress(hash *h, int last) {
    uint64_t w[16], m[16] = {0};
    for (int at = 0; at < BLOCK; at++) m[at / 8] |= (uint64_t)h->block[at] << at % 8 * 8;
    for (int at = 0; at < 8; at++) w[at] = h->state[at], w[at + 8] = BEGIN[at];
    w[12] ^= h->length;
    if (last) w[14] = ~w[14];
    for (int round = 0; round < 12; round++) {
        const uint8_t *o = ORDER[round % 10];
        for (int at = 0; at < 4; at++) mix(w, at, at + 4, at + 8, at + 12, m[o[2 * at]], m[o[2 * at + 1]]);
        for (int at = 0; at < 4; at++)
            mix(w, at, (at + 1) % 4 + 4, (at + 2) % 4 + 8, (at + 3) % 4 + 12, m[o[2 * at + 8]], m[o[2 * at + 9]]);
    }
    for (int at = 0; at < 8; at++) h->state[at] ^= w[at] ^ w[at + 8];
    memset(h->block, 0, BLOCK);
}

static void add(hash *h, const void *bytes, int64_t count) {
    for (const uint8_t *byte = bytes; count--; byte++) {
        if (h->length && h->length % BLOCK == 0) compress(h, 0);
        h->block[h->length++ % BLOCK] = *byte;
    }
}

static hash hashing(const uint8_t *key, int64_t length) {
    static const uint8_t NOTHING[BLOCK];
    hash h = {.length = 0};
    memcpy(h.state, BEGIN, sizeof BEGIN);
    h.state[0] ^= 0x01010000 ^ (uint64_t)length << 8 ^ 8;
    if (length) add(&h, key, length), add(&h, NOTHING, BLOCK - length);
    return h;
}

/* The digest, its first byte the highest. */
static uint64_t hashed(hash *h) {
    uint64_t digest = 0;
    compress(h, 1);
    for (int at = 0; at < 8; at++) digest = digest << 8 | (h->state[0] >> 8 * at & 0xff);
    return digest;
}

/* ---- Words: what a parameter says whose values can be counted (graph/queries/scope/compiled.py) ---- */

enum { OF_ENTRIES = 1, OF_TYPES, OF_KINDS, EXACTLY, WITH_CLAIMS, NOTHING_MORE }; /* what a word tells of */

typedef struct {
    int64_t begin, length; /* of its spelling, behind the words */
    int64_t parameter;
    int64_t several;       /* whether the parameter takes more than one */
    int64_t binds;         /* whether a cursor is good for this value alone */
    int64_t of;
    uint64_t told[3];      /* entries: marks and outcomes (graph.snapshot.zones). Types: from and to. Kinds: a bit */
    int64_t side;          /* of the direction */
} word;

typedef struct { /* the words, in order; all that is spelled out: what every cursor is bound to, then the words */
    int64_t count, bound;
    word words[];
} dictionary;

/* Parameters: those with words come first. */
enum { DIRECTION, SETS = 16, WITH = 16, AT, FROM, TO, LIMIT, KNOWN_AT, CURSOR };

static int compared(text one, text other) {
    int differs = memcmp(one.begin, other.begin, one.length < other.length ? one.length : other.length);
    return differs ? differs : (one.length > other.length) - (one.length < other.length);
}

static const word *meant(const dictionary *d, text part) {
    const char *spelled = (const char *)(d->words + d->count);
    int64_t low = 0, high = d->count;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        const word *w = d->words + middle;
        int differs = compared((text){spelled + w->begin, w->length}, part);
        if (!differs) return w;
        if (differs < 0) low = middle + 1;
        else high = middle;
    }
    return 0;
}

/* ---- Numbers and days ---- */

/* A number of so many digits, or NONE. */
static int64_t whole(text of) {
    int64_t number = 0;
    if (!of.length || of.length > 18) return NONE;
    for (int64_t at = 0; at < of.length; at++) {
        if (of.begin[at] < '0' || of.begin[at] > '9') return NONE;
        number = 10 * number + (of.begin[at] - '0');
    }
    return number;
}

static text within(text of, int64_t begin, int64_t length) {
    return (text){of.begin + begin, length};
}

/* A day's number: the inverse of `day`. */
static int64_t ordinal(int64_t year, int64_t month, int64_t of_month) {
    year -= month <= 2;
    int64_t cycle = year / 400, in_cycle = year - 400 * cycle;
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + of_month - 1;
    return 146097 * cycle + 365 * in_cycle + in_cycle / 4 - in_cycle / 100 + in_year - 305;
}

/* The first and last day of a partial date; whether it is one. */
static int dated(text of, int64_t *first, int64_t *last) {
    if (of.length != 4 && of.length != 7 && of.length != 10) return 0;
    int64_t year = whole(within(of, 0, 4)), month = 1, of_month = 1;
    if (of.length > 4 && (of.begin[4] != '-' || (month = whole(within(of, 5, 2))) < 1 || month > 12)) return 0;
    if (of.length > 7 && (of.begin[7] != '-' || (of_month = whole(within(of, 8, 2))) < 1)) return 0;
    if (year < 1) return 0;
    int64_t next = ordinal(year + (of.length == 4 || month == 12), of.length == 4 ? 1 : month % 12 + 1, 1);
    *first = ordinal(year, month, of_month);
    *last = of.length == 10 ? *first : next - 1;
    return *first < next;
}

/* The last revision of a moment, in UTC, and whether that is over: whether it is one. */
static int known(const basis *g, text moment, int64_t newest, int64_t *k, int64_t *pinned) {
    int64_t revision = whole(moment), first, last, us, low = 0, high = newest;
    if (revision != NONE) {
        *k = revision, *pinned = 1;
        return revision <= newest;
    }
    if (moment.length < 10 || !dated(within(moment, 0, 10), &first, &last)) return 0;
    us = (first - EPOCH) * A_DAY;
    if (moment.length == 10) us += A_DAY - 1;
    else {
        if (moment.length < 20 || moment.begin[10] != 'T') return 0;
        if (moment.begin[13] != ':' || moment.begin[16] != ':') return 0;
        int64_t hours = whole(within(moment, 11, 2)), minutes = whole(within(moment, 14, 2));
        int64_t seconds = whole(within(moment, 17, 2)), decimals = moment.length - 21, scale = 100000;
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return 0;
        if (moment.begin[moment.length - 1] != 'Z') return 0;
        us += ((hours * 60 + minutes) * 60 + seconds) * 1000000;
        if (decimals >= 0 && (moment.begin[19] != '.' || whole(within(moment, 20, decimals)) == NONE)) return 0;
        for (int64_t at = 0; at < decimals; at++, scale /= 10) us += (moment.begin[20 + at] - '0') * scale;
    }
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (g->instants[middle] <= us) low = middle + 1;
        else high = middle;
    }
    *k = low, *pinned = us <= (newest ? g->instants[newest - 1] : 0);
    return 1;
}

/* ---- Cursors (graph/queries/scope/cursor.py) ---- */

enum { HEAD = 20, PLACE = 64, TOKEN = 128 };
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

typedef struct { /* where a page begins: behind this key and id, at this revision */
    uint64_t bound;
    int64_t k;
    int32_t key;
    char id[ID];
} cursor;

/* A cursor's token: how long it is. */
static int64_t told_cursor(char *token, const cursor *of) {
    uint8_t bytes[HEAD + PLACE];
    char *at = (char *)bytes + HEAD, *end = token;
    for (int place = 0; place < 8; place++) {
        bytes[place] = (uint8_t)(of->bound >> (56 - 8 * place));
        bytes[place + 8] = (uint8_t)((uint64_t)of->k >> (56 - 8 * place));
    }
    memset(bytes + 16, 0, 4); /* no day: nobody said `today` */
    *at++ = '[';
    if (of->key == UNKNOWN) SAY("null");
    else *at++ = '-', at = digits(at, (uint64_t)-(int64_t)of->key), SAY(".0");
    SAY(",\"");
    at = say(at, (text){of->id, ID});
    SAY("\"]");
    int64_t length = at - (char *)bytes;
    for (int64_t place = 0; place < length; place += 3) {
        uint32_t three = (uint32_t)bytes[place] << 16;
        if (place + 1 < length) three |= (uint32_t)bytes[place + 1] << 8;
        if (place + 2 < length) three |= bytes[place + 2];
        for (int64_t letter = 0; letter < 4 && place + letter <= length; letter++)
            *end++ = BASE64[three >> (18 - 6 * letter) & 63];
    }
    return end - token;
}

/* The cursor of a token; whether it is one as they are told here. */
static int read_cursor(cursor *of, text token) {
    uint8_t bytes[TOKEN];
    char again[TOKEN];
    int64_t length = 0;
    uint32_t bits = 0;
    if (token.length > TOKEN - 4) return 0;
    for (int64_t at = 0; at < token.length; at++) {
        const char *digit = memchr(BASE64, token.begin[at], 64);
        if (!digit) return 0;
        bits = bits << 6 | (uint32_t)(digit - BASE64);
        if (at % 4) bytes[length++] = (uint8_t)(bits >> (6 - at % 4 * 2));
    }
    const char *begin = (const char *)bytes + HEAD + 1;
    int64_t digits = length - HEAD - ID - 8, key = 0; /* [- .0,"" ] */
    if (length == HEAD + ID + 9 && !memcmp(begin, "null", 4)) key = UNKNOWN, digits = 2;
    else if (digits < 1 || digits > 9 || (key = -whole((text){begin + 1, digits})) > 0) return 0;
    *of = (cursor){.key = (int32_t)key};
    for (int place = 0; place < 8; place++) {
        of->bound = of->bound << 8 | bytes[place];
        of->k = (int64_t)((uint64_t)of->k << 8 | bytes[place + 8]);
    }
    memcpy(of->id, bytes + length - 2 - ID, ID);
    return told_cursor(again, of) == token.length && !memcmp(again, token.begin, token.length);
}

/* ---- What is asked ---- */

typedef struct {
    text parts[PARTS], far[FAR], known_at, cursor;
    int64_t count, fars, limit, exactly, claims, types[2 * FAR], ranges, kinds, side, first, last;
    const word *words[PARTS]; /* of the parts that are words */
    uint64_t given, sets[SETS][3];
    char letters[LETTERS];
} asked;

static int digit(char of) {
    return of >= '0' && of <= '9' ? of - '0' : of >= 'A' && of <= 'F' ? of - 'A' + 10
        : of >= 'a' && of <= 'f' ? of - 'a' + 10 : NONE;
}

/* The parts of a query, decoded: visible ASCII and spaces, and names as they are. */
static int parted(asked *q, char *at, text query) {
    for (int64_t from = 0; from < query.length; from++) {
        const char *begin = at;
        int named = 0;
        for (; from < query.length && query.begin[from] != '&'; from++) {
            char letter = query.begin[from];
            if (!named && (letter == '%' || letter == '+')) return ELSEWHERE;
            named |= letter == '=';
            if (letter == '+') letter = ' ';
            else if (letter == '%') {
                int high = from + 2 < query.length ? digit(query.begin[from + 1]) : NONE;
                int low = high == NONE ? NONE : digit(query.begin[from + 2]);
                if (low == NONE) return ELSEWHERE;
                letter = (char)(high << 4 | low), from += 2;
            }
            if (letter < ' ' || letter > '~') return ELSEWHERE;
            *at++ = letter;
        }
        if (at == begin) continue;
        if (q->count == PARTS) return ELSEWHERE;
        q->parts[q->count++] = (text){begin, at - begin};
    }
    return 0;
}

static int once(asked *q, int64_t parameter) {
    uint64_t bit = (uint64_t)1 << parameter, before = q->given & bit;
    q->given |= bit;
    return !before;
}

static int heard(asked *q, const word *w) {
    if (!once(q, w->parameter) && !w->several) return ELSEWHERE;
    uint64_t *own = q->sets[w->parameter];
    switch (w->of) {
    case OF_ENTRIES:
        for (int at = 0; at < 3; at++) own[at] |= w->told[at];
        q->side = w->side ? w->side : q->side;
        return 0;
    case OF_TYPES:
        if (q->ranges == FAR) return ELSEWHERE;
        q->types[2 * q->ranges] = (int64_t)w->told[0], q->types[2 * q->ranges++ + 1] = (int64_t)w->told[1];
        return 0;
    case OF_KINDS: q->kinds |= (int64_t)w->told[0]; return 0;
    case EXACTLY: q->exactly = 1; return 0;
    case WITH_CLAIMS: q->claims = 1; return 0;
    case NOTHING_MORE: return 0;
    default: return ELSEWHERE;
    }
}

static const struct {
    const char *name;
    int64_t length, parameter;
} VALUES[] = {
    {"with=", 5, WITH}, {"valid_at=", 9, AT}, {"valid_from=", 11, FROM}, {"valid_to=", 9, TO}, {"limit=", 6, LIMIT},
    {"known_at=", 9, KNOWN_AT}, {"cursor=", 7, CURSOR},
};

static int64_t named(text part, text *value) {
    for (unsigned at = 0; at < sizeof VALUES / sizeof *VALUES; at++)
        if (part.length > VALUES[at].length && !memcmp(part.begin, VALUES[at].name, VALUES[at].length)) {
            *value = within(part, VALUES[at].length, part.length - VALUES[at].length);
            return VALUES[at].parameter;
        }
    return NONE;
}

static int taken(asked *q, int64_t parameter, text value) {
    int64_t first, last;
    if (parameter == NONE || (!once(q, parameter) && parameter != WITH)) return ELSEWHERE;
    switch (parameter) {
    case WITH:
        if (q->fars == FAR) return ELSEWHERE;
        q->far[q->fars++] = value;
        return 0;
    case LIMIT: q->limit = whole(value); return q->limit < 1 || q->limit > 1000 ? ELSEWHERE : 0;
    case KNOWN_AT: q->known_at = value; return 0;
    case CURSOR: q->cursor = value; return 0;
    default:
        if (!dated(value, &first, &last)) return ELSEWHERE;
        if (parameter != TO) q->first = first;
        if (parameter != FROM) q->last = last;
        return 0;
    }
}

/* A query as far as no view is needed for it; or `ELSEWHERE`. The actor in the path is its first part. */
static int read_query(asked *q, const dictionary *d, text id, text query) {
    *q = (asked){.limit = 50, .first = DAY_MIN, .last = DAY_MAX, .count = 1};
    char *at = q->letters;
    if (id.length + query.length > LETTERS - 3) return ELSEWHERE;
    SAY("id=");
    at = say(at, id);
    *q->parts = (text){q->letters, at - q->letters};
    if (parted(q, at, query)) return ELSEWHERE;
    for (int64_t part = 1; part < q->count; part++) {
        text value = {0, 0};
        const word *w = q->words[part] = meant(d, q->parts[part]);
        if (w ? heard(q, w) : taken(q, named(q->parts[part], &value), value)) return ELSEWHERE;
    }
    uint64_t on_a_day = (uint64_t)1 << AT, from_or_to = (uint64_t)1 << FROM | (uint64_t)1 << TO;
    if ((q->given & on_a_day && q->given & from_or_to) || q->first > q->last) return ELSEWHERE;
    for (int64_t range = 0; q->exactly && range < q->ranges; range++) q->types[2 * range + 1] = q->types[2 * range] + 1;
    return 0;
}

/* What a cursor is bound to: all that decides what is in the list, in whatever order it was asked. */
static uint64_t bound(const asked *q, const dictionary *d) {
    text parts[PARTS];
    int64_t count = 0;
    for (int64_t at = 0; at < q->count; at++) {
        text part = q->parts[at], value;
        const word *w = q->words[at];
        int64_t parameter = w ? NONE : named(part, &value), place = count;
        if (w ? !w->binds : parameter == LIMIT || parameter == CURSOR) continue;
        for (; place && compared(parts[place - 1], part) > 0; place--) parts[place] = parts[place - 1];
        parts[place] = part, count++;
    }
    hash h = hashing(0, 0);
    add(&h, (const char *)(d->words + d->count), d->bound);
    for (int64_t at = 0; at < count; at++) {
        add(&h, "", 1);
        add(&h, parts[at].begin, parts[at].length);
    }
    return hashed(&h);
}

/* ---- Who is named ---- */

/* The actor of an id that is visible at k, merges resolved, or NONE. */
static int32_t actor(const basis *g, const view *v, text id) {
    static const char BEFORE[] = "{\"id\":\"";
    hash h = hashing(g->hash_key, KEY);
    if (!id.length || memchr(id.begin, '"', id.length)) return NONE;
    add(&h, id.begin, id.length);
    for (int64_t place = (int64_t)(hashed(&h) & (uint64_t)(g->places - 1));; place = (place + 1) & (g->places - 1)) {
        int32_t record = g->actors_named[place];
        if (record == NONE) return NONE;
        text shown = string(&g->names, record);
        int64_t before = sizeof BEFORE - 1;
        if (shown.length <= before + id.length || shown.begin[before + id.length] != '"') continue;
        if (memcmp(shown.begin + before, id.begin, id.length)) continue;
        int32_t row = last_at(&g->actors, record, v->k), survivor = resolved(v, record);
        if (row == NONE || g->actors.ended[row] <= v->k) return NONE;
        if (survivor == record) return record;
        row = last_at(&g->actors, survivor, v->k);
        return row == NONE || g->actors.ended[row] <= v->k ? NONE : survivor;
    }
}

/* An actor and everyone it has absorbed: how many, or `ELSEWHERE` if there is no room for them. */
static int64_t own(const view *v, int32_t actor, int64_t *found, int64_t room) {
    int64_t count = 0;
    for (int64_t at = NONE; at < v->merged; at++) {
        if (at != NONE && v->survivors[at] != actor) continue;
        if (count == room) return ELSEWHERE;
        found[count++] = at == NONE ? actor : v->absorbed[at];
    }
    return count;
}
