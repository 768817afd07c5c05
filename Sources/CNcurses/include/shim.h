// What Swift needs of ncurses: wide characters, macros as functions, and signal handlers written in C.

#ifndef WAYMARK_CNCURSES_SHIM_H
#define WAYMARK_CNCURSES_SHIM_H

#define NCURSES_WIDECHAR 1
#define _XOPEN_SOURCE_EXTENDED 1

#include <curses.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <term.h>
#include <termios.h>
#include <wchar.h>

// <term.h> defines hundreds of short macros; none of them is wanted in Swift by name.

// MARK: Screen

/// The window of the whole screen; a function, because Swift refuses mutable C globals.
static inline WINDOW *wm_screen(void) { return stdscr; }
static inline int wm_colors(void) { return COLORS; }
static inline int wm_color_pairs(void) { return COLOR_PAIRS; }

/// The next picture is drawn over a cleared screen.
static inline void wm_redraw_all(void) { clearok(curscr, TRUE); }

/// Builds a screen cell of a base character and its marks with a colour pair of any number.
static inline int wm_set_cell(cchar_t *cell, const wchar_t *characters, attr_t attributes, int pair) {
    return setcchar(cell, characters, attributes, (short)(pair > 32767 ? 0 : pair), &pair);
}

/// Builds a screen cell of one character.
static inline cchar_t wm_plain_cell(wchar_t character, attr_t attributes, int pair) {
    cchar_t cell;
    wchar_t characters[2] = {character, 0};
    wm_set_cell(&cell, characters, attributes, pair);
    return cell;
}

static inline int wm_draw_cells(int y, int x, const cchar_t *cells, int count) {
    return mvwadd_wchnstr(stdscr, y, x, cells, count);
}

static inline attr_t wm_bold(void) { return A_BOLD; }
static inline attr_t wm_dim(void) { return A_DIM; }
static inline attr_t wm_underline(void) { return A_UNDERLINE; }
static inline attr_t wm_reverse(void) { return A_REVERSE; }

/// A string capability of the terminal, or NULL; unlike tigetstr never (char *)-1.
static inline const char *wm_capability(const char *name) {
    const char *value = tigetstr((char *)name);
    return value == (const char *)-1 ? NULL : value;
}

/// The sequence that moves the cursor to a place, in ncurses' own buffer; NULL without the capability.
static inline const char *wm_cursor_address(int y, int x) {
    const char *format = wm_capability("cup");
    return format ? tiparm(format, y, x) : NULL;
}

/// The sequence that chooses a foreground colour; NULL without the capability.
static inline const char *wm_foreground(int color) {
    const char *format = wm_capability("setaf");
    return format ? tiparm(format, color) : NULL;
}

/// Columns the C library, and so ncurses, gives a character; -1 for what it cannot print.
int wm_width(wchar_t character);

// MARK: Input

/// What was read by wm_read_key.
enum wm_input { WM_NOTHING = 0, WM_CHARACTER = 1, WM_KEY = 2 };

/// Reads one key without waiting.
static inline int wm_read_key(wint_t *value) {
    switch (wget_wch(stdscr, value)) {
    case OK: return WM_CHARACTER;
    case KEY_CODE_YES: return WM_KEY;
    default: return WM_NOTHING;
    }
}

// MARK: Files and signals

/// A descriptor other threads wake the loop with, or -1.
int wm_wake_open(void);
void wm_wake(int descriptor);
void wm_wake_drain(int descriptor);

/// A pipe whose ends never wait: ends[0] to read, ends[1] to write. Returns false if there is none.
bool wm_pipe(int *ends);

/// A file in memory that takes what ncurses writes, or -1.
int wm_memory_file(void);

/// Remembers how to put the terminal back. `bytes` are written and `modes` set by wm_terminal_restore.
void wm_terminal_arm(int descriptor, const void *bytes, size_t count, const struct termios *modes);

/// Puts the terminal back if it is armed, once. Safe in a signal handler. Waits at most 0.2 s for a blocked terminal.
void wm_terminal_restore(void);

/// Sends ending, stopping and resizing signals as bytes to `descriptor`; crash signals restore the terminal
/// and go on to whoever handled them before.
void wm_signals_install(int descriptor);

/// Gives all signals back to whoever handled them before.
void wm_signals_remove(void);

/// Stops this process, or its whole group, as C-z does in a shell. May return before the stop; SIGCONT tells
/// when it is over. wm_signals_resumed must follow.
void wm_signals_suspend(bool whole_group);

/// Listens to SIGTSTP again after a stop.
void wm_signals_resumed(void);

/// A second stack for this thread's crash handlers, so that a stack overflow can be handled too.
void wm_signals_use_second_stack(void);

#endif
