// string.find, match, gmatch and gsub of Lua 5.4, whose matcher can be stopped.
//
// The matcher of the standard library runs in C, where no hook reaches it, and a pattern such as (".-"):rep(10) takes
// longer than any limit. This one does the same in the same order, counts its steps against the script's instructions,
// and notices an interruption. It follows lstrlib.c of Lua 5.4.4, copyright 1994-2022 Lua.org, PUC-Rio (MIT licence).
#include "internal.h"
#include <ctype.h>

#define ESCAPE '%'
#define UNFINISHED (-1)
#define POSITION (-2)
#define MOST_CAPTURES 32
#define MOST_NESTED 200
#define STEPS 1024  // between two looks at the limits

typedef struct matcher {
    const char *text, *end, *pattern_end;
    lua_State *L;
    int nested, steps;
    int level;
    struct {
        const char *start;
        ptrdiff_t length;
    } captures[MOST_CAPTURES];
} matcher;

static const char *match(matcher *m, const char *s, const char *p);

static void step(matcher *m) {
    if (--m->steps > 0) return;
    m->steps = STEPS;
    njl_charge_steps(m->L, STEPS);
}

static int check_capture(matcher *m, int l) {
    l -= '1';
    if (l < 0 || l >= m->level || m->captures[l].length == UNFINISHED) {
        return luaL_error(m->L, "invalid capture index %%%d", l + 1);
    }
    return l;
}

static int capture_to_close(matcher *m) {
    for (int level = m->level - 1; level >= 0; level--) {
        if (m->captures[level].length == UNFINISHED) return level;
    }
    return luaL_error(m->L, "invalid pattern capture");
}

static const char *class_end(matcher *m, const char *p) {
    switch (*p++) {
    case ESCAPE:
        if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    case '[':
        if (*p == '^') p++;
        do {
            if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
            if (*p++ == ESCAPE && p < m->pattern_end) p++;
        } while (*p != ']');
        return p + 1;
    default: return p;
    }
}

static bool is_in_class(int c, int class) {
    bool result;
    switch (tolower(class)) {
    case 'a': result = isalpha(c); break;
    case 'c': result = iscntrl(c); break;
    case 'd': result = isdigit(c); break;
    case 'g': result = isgraph(c); break;
    case 'l': result = islower(c); break;
    case 'p': result = ispunct(c); break;
    case 's': result = isspace(c); break;
    case 'u': result = isupper(c); break;
    case 'w': result = isalnum(c); break;
    case 'x': result = isxdigit(c); break;
    case 'z': result = c == 0; break;  // old, and still there
    default: return class == c;
    }
    return isupper(class) ? !result : result;
}

static bool is_in_set(int c, const char *p, const char *last) {
    bool found = true;
    if (p[1] == '^') {
        found = false;
        p++;
    }
    while (++p < last) {
        if (*p == ESCAPE) {
            p++;
            if (is_in_class(c, (unsigned char)*p)) return found;
        } else if (p[1] == '-' && p + 2 < last) {
            p += 2;
            if ((unsigned char)p[-2] <= c && c <= (unsigned char)*p) return found;
        } else if ((unsigned char)*p == c) {
            return found;
        }
    }
    return !found;
}

static bool matches_one(matcher *m, const char *s, const char *p, const char *next) {
    if (s >= m->end) return false;
    int c = (unsigned char)*s;
    switch (*p) {
    case '.': return true;
    case ESCAPE: return is_in_class(c, (unsigned char)p[1]);
    case '[': return is_in_set(c, p, next - 1);
    default: return (unsigned char)*p == c;
    }
}

static const char *match_balanced(matcher *m, const char *s, const char *p) {
    if (p >= m->pattern_end - 1) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->end || *s != *p) return NULL;
    int open = *p, close = p[1], depth = 1;
    while (++s < m->end) {
        step(m);
        if (*s == close) {
            if (--depth == 0) return s + 1;
        } else if (*s == open) {
            depth++;
        }
    }
    return NULL;
}

static const char *match_most(matcher *m, const char *s, const char *p, const char *next) {
    ptrdiff_t count = 0;
    while (matches_one(m, s + count, p, next)) {
        step(m);
        count++;
    }
    for (; count >= 0; count--) {
        const char *result = match(m, s + count, next + 1);
        if (result != NULL) return result;
    }
    return NULL;
}

static const char *match_least(matcher *m, const char *s, const char *p, const char *next) {
    for (;;) {
        const char *result = match(m, s, next + 1);
        if (result != NULL) return result;
        if (!matches_one(m, s, p, next)) return NULL;
        s++;
    }
}

static const char *start_capture(matcher *m, const char *s, const char *p, ptrdiff_t what) {
    int level = m->level;
    if (level >= MOST_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[level].start = s;
    m->captures[level].length = what;
    m->level = level + 1;
    const char *result = match(m, s, p);
    if (result == NULL) m->level--;
    return result;
}

static const char *end_capture(matcher *m, const char *s, const char *p) {
    int l = capture_to_close(m);
    m->captures[l].length = s - m->captures[l].start;
    const char *result = match(m, s, p);
    if (result == NULL) m->captures[l].length = UNFINISHED;
    return result;
}

static const char *match_capture(matcher *m, const char *s, int l) {
    l = check_capture(m, l);
    size_t length = (size_t)m->captures[l].length;
    if ((size_t)(m->end - s) >= length && memcmp(m->captures[l].start, s, length) == 0) return s + length;
    return NULL;
}

static const char *match_frontier(matcher *m, const char *s, const char *p, const char *next) {
    int before = s == m->text ? '\0' : (unsigned char)s[-1];
    int here = s < m->end ? (unsigned char)*s : '\0';
    return !is_in_set(before, p, next - 1) && is_in_set(here, p, next - 1) ? s : NULL;
}

static const char *match_here(matcher *m, const char *s, const char *p) {
    while (p != m->pattern_end) {
        step(m);
        const char *next;
        switch (*p) {
        case '(':
            return p[1] == ')' ? start_capture(m, s, p + 2, POSITION) : start_capture(m, s, p + 1, UNFINISHED);
        case ')': return end_capture(m, s, p + 1);
        case '$':
            if (p + 1 == m->pattern_end) return s == m->end ? s : NULL;
            break;
        case ESCAPE:
            switch (p + 1 < m->pattern_end ? p[1] : '\0') {
            case 'b':
                s = match_balanced(m, s, p + 2);
                if (s == NULL) return NULL;
                p += 4;
                continue;
            case 'f':
                p += 2;
                if (p >= m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
                next = class_end(m, p);
                s = match_frontier(m, s, p, next);
                if (s == NULL) return NULL;
                p = next;
                continue;
            case '0': case '1': case '2': case '3': case '4':
            case '5': case '6': case '7': case '8': case '9':
                s = match_capture(m, s, (unsigned char)p[1]);
                if (s == NULL) return NULL;
                p += 2;
                continue;
            default: break;
            }
            break;
        default: break;
        }
        next = class_end(m, p);
        char suffix = next < m->pattern_end ? *next : '\0';
        if (!matches_one(m, s, p, next)) {
            if (suffix != '*' && suffix != '?' && suffix != '-') return NULL;
            p = next + 1;
            continue;
        }
        switch (suffix) {
        case '?': {
            const char *result = match(m, s + 1, next + 1);
            if (result != NULL) return result;
            p = next + 1;
            continue;
        }
        case '+': return match_most(m, s + 1, p, next);
        case '*': return match_most(m, s, p, next);
        case '-': return match_least(m, s, p, next);
        default:
            s++;
            p = next;
        }
    }
    return s;
}

static const char *match(matcher *m, const char *s, const char *p) {
    if (m->nested-- == 0) luaL_error(m->L, "pattern too complex");
    const char *result = match_here(m, s, p);
    m->nested++;
    return result;
}

// ---- Captures -----------------------------------------------------------------------------------------------------------

// The length of a capture, or POSITION, for which the position has been pushed.
static ptrdiff_t get_capture(matcher *m, int l, const char *s, const char *e, const char **start) {
    if (l >= m->level) {
        if (l != 0) luaL_error(m->L, "invalid capture index %%%d", l + 1);
        *start = s;
        return e - s;
    }
    ptrdiff_t length = m->captures[l].length;
    *start = m->captures[l].start;
    if (length == UNFINISHED) luaL_error(m->L, "unfinished capture");
    if (length == POSITION) lua_pushinteger(m->L, (m->captures[l].start - m->text) + 1);
    return length;
}

static void push_capture(matcher *m, int l, const char *s, const char *e) {
    const char *start;
    ptrdiff_t length = get_capture(m, l, s, e, &start);
    if (length != POSITION) lua_pushlstring(m->L, start, (size_t)length);
}

static int push_captures(matcher *m, const char *s, const char *e) {
    int count = m->level == 0 && s != NULL ? 1 : m->level;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++) push_capture(m, i, s, e);
    return count;
}

static void prepare(matcher *m, lua_State *L, const char *s, size_t length, const char *p, size_t size) {
    m->L = L;
    m->text = s;
    m->end = s + length;
    m->pattern_end = p + size;
    m->steps = STEPS;
}

static void restart(matcher *m) {
    m->level = 0;
    m->nested = MOST_NESTED;
}

// ---- The functions --------------------------------------------------------------------------------------------------------

// Positions from the end count from -1; the first is 1.
static size_t start_position(lua_Integer position, size_t length) {
    if (position > 0) return (size_t)position;
    if (position == 0 || position < -(lua_Integer)length) return 1;
    return length + (size_t)position + 1;
}

static bool has_no_specials(const char *p, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (p[i] != '\0' && strchr("^$*+?.([%-", p[i]) != NULL) return false;
    }
    return true;
}

static const char *find_plain(lua_State *L, const char *s, size_t length, const char *p, size_t size) {
    if (size == 0) return s;
    const char *last = s + length;
    int64_t before = 0;
    while ((size_t)(last - s) >= size) {
        const char *first = memchr(s, p[0], (size_t)(last - s) - size + 1);
        // A first character that is everywhere makes this quadratic.
        before += first == NULL ? 1 : (int64_t)size / 16 + 1;
        if (before >= STEPS) {
            njl_charge_steps(L, before);
            before = 0;
        }
        if (first == NULL) return NULL;
        if (memcmp(first, p, size) == 0) return first;
        s = first + 1;
    }
    return NULL;
}

static int find_or_match(lua_State *L, bool find) {
    size_t length, size;
    const char *s = luaL_checklstring(L, 1, &length);
    const char *p = luaL_checklstring(L, 2, &size);
    size_t init = start_position(luaL_optinteger(L, 3, 1), length) - 1;
    if (init > length) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || has_no_specials(p, size))) {
        const char *found = find_plain(L, s + init, length - init, p, size);
        if (found != NULL) {
            lua_pushinteger(L, (found - s) + 1);
            lua_pushinteger(L, (found - s) + (lua_Integer)size);
            return 2;
        }
    } else {
        matcher m;
        const char *from = s + init;
        bool anchored = size > 0 && *p == '^';
        if (anchored) {
            p++;
            size--;
        }
        prepare(&m, L, s, length, p, size);
        do {
            restart(&m);
            const char *e = match(&m, from, p);
            if (e == NULL) continue;
            if (!find) return push_captures(&m, from, e);
            lua_pushinteger(L, (from - s) + 1);
            lua_pushinteger(L, e - s);
            return push_captures(&m, NULL, NULL) + 2;
        } while (from++ < m.end && !anchored);
    }
    lua_pushnil(L);
    return 1;
}

int njl_find(lua_State *L) { return find_or_match(L, true); }
int njl_match(lua_State *L) { return find_or_match(L, false); }

typedef struct iteration {
    const char *from, *pattern, *last;
    matcher m;
} iteration;

static int next_match(lua_State *L) {
    iteration *i = lua_touserdata(L, lua_upvalueindex(3));
    i->m.L = L;
    for (const char *s = i->from; s <= i->m.end; s++) {
        restart(&i->m);
        const char *e = match(&i->m, s, i->pattern);
        if (e != NULL && e != i->last) {
            i->from = i->last = e;
            return push_captures(&i->m, s, e);
        }
    }
    return 0;
}

int njl_gmatch(lua_State *L) {
    size_t length, size;
    const char *s = luaL_checklstring(L, 1, &length);
    const char *p = luaL_checklstring(L, 2, &size);
    size_t init = start_position(luaL_optinteger(L, 3, 1), length) - 1;
    lua_settop(L, 2);
    iteration *i = lua_newuserdatauv(L, sizeof *i, 0);
    if (init > length) init = length + 1;
    prepare(&i->m, L, s, length, p, size);
    i->from = s + init;
    i->pattern = p;
    i->last = NULL;
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

static void add_string(matcher *m, luaL_Buffer *b, const char *s, const char *e) {
    lua_State *L = m->L;
    size_t length;
    const char *news = lua_tolstring(L, 3, &length);
    const char *p;
    while ((p = memchr(news, ESCAPE, length)) != NULL) {
        luaL_addlstring(b, news, (size_t)(p - news));
        p++;
        if (*p == ESCAPE) {
            luaL_addchar(b, *p);
        } else if (*p == '0') {
            luaL_addlstring(b, s, (size_t)(e - s));
        } else if (isdigit((unsigned char)*p)) {
            const char *capture;
            ptrdiff_t size = get_capture(m, *p - '1', s, e, &capture);
            if (size == POSITION) {
                luaL_addvalue(b);
            } else {
                luaL_addlstring(b, capture, (size_t)size);
            }
        } else {
            luaL_error(L, "invalid use of '%c' in replacement string", ESCAPE);
        }
        length -= (size_t)(p + 1 - news);
        news = p + 1;
    }
    luaL_addlstring(b, news, length);
}

// Adds the replacement of one match; false where the text stays.
static bool add_value(matcher *m, luaL_Buffer *b, const char *s, const char *e, int kind) {
    lua_State *L = m->L;
    switch (kind) {
    case LUA_TFUNCTION: {
        lua_pushvalue(L, 3);
        int count = push_captures(m, s, e);
        lua_call(L, count, 1);
        break;
    }
    case LUA_TTABLE:
        push_capture(m, 0, s, e);
        lua_gettable(L, 3);
        break;
    default: add_string(m, b, s, e); return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(b, s, (size_t)(e - s));
        return false;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(b);
    return true;
}

int njl_gsub(lua_State *L) {
    size_t length, size;
    const char *s = luaL_checklstring(L, 1, &length);
    const char *p = luaL_checklstring(L, 2, &size);
    NJL_ASSERT(s != NULL && p != NULL);
    const char *last = NULL;
    int kind = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1);
    bool anchored = size > 0 && *p == '^';
    lua_Integer count = 0;
    bool changed = false;
    luaL_argexpected(L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
                     "string/function/table");
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    if (anchored) {
        p++;
        size--;
    }
    matcher m;
    prepare(&m, L, s, length, p, size);
    while (count < most) {
        restart(&m);
        const char *e = match(&m, s, p);
        if (e != NULL && e != last) {
            count++;
            changed = add_value(&m, &b, s, e, kind) || changed;
            s = last = e;
        } else if (s < m.end) {
            luaL_addchar(&b, *s++);
        } else {
            break;
        }
        if (anchored) break;
    }
    if (changed) {
        luaL_addlstring(&b, s, (size_t)(m.end - s));
        luaL_pushresult(&b);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}
