#include "CLineEditor.h"
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

enum { MOST_ENTRIES = 1000, LONGEST_PROMPT = 63 };

struct njle_editor {
    EditLine *line;
    History *history;
    char prompt[LONGEST_PROMPT + 1];
    void *context;
    bool (*complete)(void *context, njle_editor *editor);
    bool (*stopped)(void);
    bool was_stopped;
};

static volatile sig_atomic_t resized;

// The window has another size: the call that waits for a key comes back.
static void on_resize(int number) {
    (void)number;
    resized = 1;
}

static njle_editor *editor_of(EditLine *line) {
    void *editor = NULL;
    el_get(line, EL_CLIENTDATA, &editor);
    return editor;
}

static char *prompt(EditLine *line) { return editor_of(line)->prompt; }

// One character of standard input. libedit's own would go on waiting when a signal has asked for a stop.
static int read_character(EditLine *line, wchar_t *out) {
    njle_editor *editor = editor_of(line);
    mbstate_t state;
    memset(&state, 0, sizeof state);
    for (;;) {
        if (editor->stopped()) {
            editor->was_stopped = true;
            errno = EINTR;
            return -1;
        }
        char byte;
        ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count == 0) return 0;
        if (count < 0) {
            if (errno != EINTR) return -1;
            if (resized) {
                resized = 0;
                el_resize(line);
                el_set(line, EL_REFRESH);
            }
            continue;
        }
        size_t used = mbrtowc(out, &byte, 1, &state);
        if (used == (size_t)-1) {
            // No UTF-8: the byte is left out.
            memset(&state, 0, sizeof state);
            continue;
        }
        if (used != (size_t)-2) return 1;
    }
}

static unsigned char on_tab(EditLine *line, int key) {
    (void)key;
    njle_editor *editor = editor_of(line);
    return editor->complete(editor->context, editor) ? CC_REFRESH : CC_REDISPLAY;
}

njle_editor *njle_open(void *context, bool (*complete)(void *, njle_editor *), bool (*stopped)(void)) {
    // What is typed is UTF-8 also where nobody has said so. Only characters: numbers keep their point.
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
    njle_editor *editor = calloc(1, sizeof *editor);
    if (editor == NULL) return NULL;
    editor->context = context;
    editor->complete = complete;
    editor->stopped = stopped;
    editor->line = el_init("nightjar", stdin, stdout, stderr);
    editor->history = history_init();
    if (editor->line == NULL || editor->history == NULL) {
        njle_close(editor);
        return NULL;
    }
    HistEvent event;
    history(editor->history, &event, H_SETSIZE, MOST_ENTRIES);
    history(editor->history, &event, H_SETUNIQUE, 1);
    EditLine *line = editor->line;
    el_set(line, EL_CLIENTDATA, editor);
    el_set(line, EL_PROMPT, prompt);
    el_set(line, EL_EDITOR, "emacs");
    el_set(line, EL_SIGNAL, 0);
    el_set(line, EL_HIST, history, editor->history);
    el_set(line, EL_GETCFN, read_character);
    el_set(line, EL_ADDFN, "nightjar-complete", "Complete a name", on_tab);
    static const char *const keys[][2] = {
        {"\t", "nightjar-complete"}, {"^R", "em-inc-search-prev"}, {"^W", "ed-delete-prev-word"},
        {"\\e[3~", "ed-delete-next-char"}, {"\\e[1~", "ed-move-to-beg"}, {"\\e[4~", "ed-move-to-end"},
        {"\\e[H", "ed-move-to-beg"}, {"\\e[F", "ed-move-to-end"}, {"\\e[1;5D", "ed-prev-word"},
        {"\\e[1;5C", "em-next-word"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) el_set(line, EL_BIND, keys[i][0], keys[i][1], NULL);
    // The user's own keys, in ~/.editrc.
    el_source(line, NULL);
    struct sigaction action = {.sa_handler = on_resize};
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, NULL);
    return editor;
}

void njle_close(njle_editor *editor) {
    if (editor->line != NULL) el_end(editor->line);
    if (editor->history != NULL) history_end(editor->history);
    free(editor);
}

njle_outcome njle_read(njle_editor *editor, const char *prompt_text, const char **text, size_t *length) {
    strncpy(editor->prompt, prompt_text, LONGEST_PROMPT);
    editor->was_stopped = false;
    int count = 0;
    // Before the prompt: what is typed as soon as it stands there is for the editor, not for the terminal.
    el_set(editor->line, EL_PREP_TERM, 1);
    const char *line = el_gets(editor->line, &count);
    if (editor->was_stopped) {
        el_reset(editor->line);
        return NJLE_STOPPED;
    }
    if (line == NULL || count <= 0) return NJLE_END;
    *text = line;
    *length = (size_t)count;
    if (line[count - 1] == '\n') *length -= 1;
    return NJLE_LINE;
}

const char *njle_before_cursor(njle_editor *editor, size_t *length) {
    const LineInfo *info = el_line(editor->line);
    *length = (size_t)(info->cursor - info->buffer);
    return info->buffer;
}

void njle_replace(njle_editor *editor, int32_t characters, const char *text) {
    if (characters > 0) el_deletestr(editor->line, characters);
    el_insertstr(editor->line, text);
}

void njle_remember(njle_editor *editor, const char *entry) {
    HistEvent event;
    history(editor->history, &event, H_ENTER, entry);
}

bool njle_load_history(njle_editor *editor, const char *path) {
    HistEvent event;
    return history(editor->history, &event, H_LOAD, path) >= 0;
}

bool njle_save_history(njle_editor *editor, const char *path) {
    HistEvent event;
    return history(editor->history, &event, H_SAVE, path) >= 0;
}
