#include "re2shim.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

struct re2shim_regex {
    RE2 program;
    re2shim_regex(const re2::StringPiece &pattern, const RE2::Options &options) : program(pattern, options) {}
};

namespace {

void describe(re2shim_error *error, const std::string &message) {
    if (error == nullptr) return;
    const size_t room = sizeof(error->message) - 1;
    const size_t count = std::min(room, message.size());
    std::memcpy(error->message, message.data(), count);
    error->message[count] = '\0';
    error->offset = 0;
    error->length = 0;
}

// RE2 names the offending part by its text only, so its first occurrence has to do.
void locate(re2shim_error *error, const std::string &pattern, const std::string &part) {
    if (error == nullptr || part.empty()) return;
    const size_t found = pattern.find(part);
    if (found == std::string::npos) return;
    error->offset = found;
    error->length = part.size();
}

bool match(const re2shim_regex *regex, const char *text, size_t length, RE2::Anchor anchor) {
    if (regex == nullptr) return false;
    try {
        const re2::StringPiece piece(length == 0 ? "" : text, length);
        return regex->program.Match(piece, 0, length, anchor, nullptr, 0);
    } catch (...) {
        return false;
    }
}

}  // namespace

re2shim_regex *re2shim_compile(const char *pattern, size_t length, int64_t memory, bool ignore_case,
                               re2shim_error *error) {
    try {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_never_capture(true);
        options.set_dot_nl(true);
        options.set_max_mem(memory);
        options.set_case_sensitive(!ignore_case);
        const std::string text(length == 0 ? "" : pattern, length);
        auto *regex = new re2shim_regex(text, options);
        if (regex->program.ok()) return regex;
        describe(error, regex->program.error());
        locate(error, text, regex->program.error_arg());
        delete regex;
    } catch (...) {
        // `describe` on a short literal may itself run out of memory; then the zeroed message has to do.
        try {
            describe(error, "out of memory");
        } catch (...) {
        }
    }
    return nullptr;
}

bool re2shim_matches_whole(const re2shim_regex *regex, const char *text, size_t length) {
    return match(regex, text, length, RE2::ANCHOR_BOTH);
}

bool re2shim_matches_part(const re2shim_regex *regex, const char *text, size_t length) {
    return match(regex, text, length, RE2::UNANCHORED);
}

void re2shim_free(re2shim_regex *regex) { delete regex; }
