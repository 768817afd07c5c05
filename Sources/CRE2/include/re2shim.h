// Regular expressions in linear time: a C interface to RE2, for Swift.
//
// No function throws, whatever it is given. A compiled expression may be used from many threads at once.
#ifndef WAYMARK_RE2SHIM_H
#define WAYMARK_RE2SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled regular expression.
typedef struct re2shim_regex re2shim_regex;

/// Why an expression could not be compiled.
typedef struct {
    /// English words, NUL terminated, cut to the room there is.
    char message[256];
    /// Where the offending part begins in the pattern, and its length; both 0 when RE2 does not say.
    size_t offset;
    size_t length;
} re2shim_error;

/// Compiles `length` bytes of UTF-8. `memory` bounds the bytes that the program and its caches may take.
/// `ignore_case` makes letters match either case. `.` matches a newline too, as in Prometheus and Tempo.
/// Returns NULL and fills `error` when the expression is wrong or too big. Free it with `re2shim_free`.
re2shim_regex *re2shim_compile(const char *pattern, size_t length, int64_t memory, bool ignore_case,
                               re2shim_error *error);

/// Whether the expression fits the whole text.
bool re2shim_matches_whole(const re2shim_regex *regex, const char *text, size_t length);

/// Whether the expression is found anywhere in the text.
bool re2shim_matches_part(const re2shim_regex *regex, const char *text, size_t length);

/// Frees a compiled expression; NULL is fine.
void re2shim_free(re2shim_regex *regex);

#ifdef __cplusplus
}
#endif

#endif
