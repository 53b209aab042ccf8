/* Showing claims, by themselves and in the relations that they are on (graph/snapshot/item/claims.py). */
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
    CALL(g->tag + (int64_t)row * TAG);
    CALL(g->on + row);
    CALL(g->stance + row);
    CALL(g->claimant + row);
    CALL(g->said_on + row);
    CALL(g->document + row);
    CALL(g->dataset + row);
    CALL(g->claims.written + row);
    CALL(g->claims.ended + row);
    CALL((const char *)g->claim_cores.starts + row * (g->claim_cores.wide ? 8 : 4));
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

/* The chosen claims as a field, as far as there is room for it; `needed` tells how much that takes. */
static char *embed(char *at, const basis *g, const view *v, const newest *chosen, int64_t *needed, int64_t room) {
    *needed += FIXED;
    if (*needed <= room) SAY(",\"claims\":[");
    for (int64_t place = 0; place < chosen->count; place++) {
        claim it;
        look_up_claim(&it, g, v, chosen->rows[place]);
        *needed += FIXED + it.length;
        if (*needed > room) continue;
        if (place) *at++ = ',';
        at = show_claim(at, g, v, &it);
    }
    if (*needed <= room) *at++ = ']';
    return at;
}

/* The claims that several relations embed, in steps of which each calls for what the next one looks at. */
static void choose_all(newest *chosen, const basis *g, const view *v, const int32_t *rows, int64_t many) {
    lines claims[SEVERAL];
    text cores[SEVERAL];
    for (int64_t one = 0; one < many; one++) claims[one] = of_key(&g->claims_of, said(&g->first, rows[one], rows[one]));
    for (int64_t one = 0; one < many; one++)
        if (claims[one].begin < claims[one].end) call_for_claim(g, (int32_t)claims[one].begin); /* the first, mostly */
    for (int64_t one = 0; one < many; one++) {
        choose(chosen + one, g, v, claims[one]);
        cores[one] = chosen[one].count ? string(&g->claim_cores, *chosen[one].rows) : (text){"", 0};
    }
    for (int64_t one = 0; one < many; one++) call_for_text(cores[one]);
}
