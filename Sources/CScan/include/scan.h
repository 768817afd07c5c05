// Scanning of JSON text by vectors, which plain Swift cannot do: it has no way from a comparison of bytes to a bit mask.
#ifndef WAYMARK_SCAN_H
#define WAYMARK_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// The ways in which scan_list is built.
typedef enum {
    /// Words of eight bytes; everywhere.
    SCAN_WORDS = 0,
    /// Vectors of sixteen bytes; on every x86-64.
    SCAN_SSE2 = 1,
    /// Vectors of 32 bytes; where the processor has them.
    SCAN_AVX2 = 2,
} scan_way;

/// The best way that this processor has.
scan_way scan_best_way(void);

/// How many bytes the JSON list has that begins at `bytes`; zero when it is not closed within `count` bytes or brackets
/// are nested more than `maximum_depth` deep.
///
/// The list ends at the first ']' outside strings up to which as many brackets, of either kind, close as open; nothing
/// else is looked at. `bytes` must have `count` readable bytes; nothing past them is read.
size_t scan_list(const uint8_t *bytes, size_t count, size_t maximum_depth);

/// The same in one way, for tests; the processor must have it.
size_t scan_list_by(scan_way way, const uint8_t *bytes, size_t count, size_t maximum_depth);

/// A number read from hexadecimal digits.
typedef struct {
    uint64_t value;
    /// Whether all were digits.
    bool is_valid;
} scan_number;

/// The number that sixteen hexadecimal digits in either case spell; `digits` must have sixteen readable bytes.
static inline scan_number scan_hexadecimal16(const uint8_t *digits) {
    scan_number result;
#if defined(__SSE2__)
    const __m128i text = _mm_loadu_si128((const __m128i *)digits);
    // Unsigned: a byte is at most n exactly where the smaller one of it and n is the byte itself.
    const __m128i decimal = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    const __m128i is_decimal = _mm_cmpeq_epi8(_mm_min_epu8(decimal, _mm_set1_epi8(9)), decimal);
    const __m128i letter = _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
    result.is_valid = _mm_movemask_epi8(_mm_or_si128(is_decimal, is_letter)) == 0xFFFF;
    const __m128i nibbles = _mm_or_si128(
        _mm_and_si128(is_decimal, decimal),
        _mm_and_si128(is_letter, _mm_add_epi8(letter, _mm_set1_epi8(10))));
    // In each pair the first digit is the high one; it lies in the low byte.
    const __m128i pairs = _mm_and_si128(
        _mm_or_si128(_mm_slli_epi16(nibbles, 4), _mm_srli_epi16(nibbles, 8)), _mm_set1_epi16(0x00FF));
    const __m128i packed = _mm_packus_epi16(pairs, pairs);
    result.value = __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(packed));
#else
    result.value = 0;
    result.is_valid = true;
    for (int i = 0; i < 16; i++) {
        const uint8_t decimal = (uint8_t)(digits[i] - '0');
        const uint8_t letter = (uint8_t)((digits[i] | 0x20) - 'a');
        result.is_valid &= decimal <= 9 || letter <= 5;
        result.value = result.value << 4 | (decimal <= 9 ? decimal : (letter + 10u) & 15u);
    }
#endif
    return result;
}

#endif
