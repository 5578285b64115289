// A line editor on the terminal of the program: libedit behind functions that Swift can call.
#ifndef CLINEEDITOR_H
#define CLINEEDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct njle_editor njle_editor;

typedef enum njle_outcome {
    NJLE_LINE,
    NJLE_END,      // Ctrl-D on an empty line, or the terminal is gone
    NJLE_STOPPED,  // a signal asked for a stop
} njle_outcome;

// Opens an editor on standard input and output. `complete` is called for Tab and may use the functions below that change
// the line; `stopped` is asked whenever a signal has come. Null where there is no memory.
njle_editor *njle_open(void *context, bool (*complete)(void *context, njle_editor *editor), bool (*stopped)(void));
void njle_close(njle_editor *editor);

// Reads a line; the text, without its end, is valid until the next call. In UTF-8.
njle_outcome njle_read(njle_editor *editor, const char *prompt, const char **text, size_t *length);

// In the call for Tab: the text in front of the cursor.
const char *njle_before_cursor(njle_editor *editor, size_t *length);
// Replaces so many characters in front of the cursor.
void njle_replace(njle_editor *editor, int32_t characters, const char *text);

// History. An entry may be several lines.
void njle_remember(njle_editor *editor, const char *entry);
bool njle_load_history(njle_editor *editor, const char *path);
bool njle_save_history(njle_editor *editor, const char *path);

#endif
