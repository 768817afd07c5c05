#include "scan.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_AVX2_WAY 1
#endif

/// What 64 bytes are, a bit each, the lowest for the first byte.
typedef struct {
    uint64_t quotes;
    uint64_t backslashes;
    /// '{' and '['.
    uint64_t openings;
    /// '}' and ']'.
    uint64_t closings;
    /// ']' alone.
    uint64_t list_closings;
} kinds;

/// Where a scan stands between two blocks.
typedef struct {
    int64_t depth;
    int64_t maximum_depth;
    /// All bits set within a string, else none.
    uint64_t in_string;
    /// One when the next byte is escaped.
    uint64_t is_escaped;
} state;

/// What a step found; any other number is how many bytes of the block belong to the list.
enum { GOES_ON = 0, TOO_DEEP = -1 };

#define INLINE static inline __attribute__((always_inline))

// ---- By words

INLINE uint64_t each(uint8_t byte) { return UINT64_C(0x0101010101010101) * byte; }

/// A bit for each of the eight bytes of a word that equals `byte`.
INLINE uint64_t places(uint64_t word, uint8_t byte) {
    const uint64_t low = each(0x7F);
    const uint64_t difference = word ^ each(byte);
    const uint64_t equal = ~(((difference & low) + low) | difference | low) >> 7;
    // Each product of two set bits falls on a bit of its own; the eight sought ones end up in the highest byte.
    return (equal * UINT64_C(0x0102040810204080)) >> 56;
}

INLINE kinds classify_words(const uint8_t *bytes) {
    kinds found = {0, 0, 0, 0, 0};
    for (int i = 0; i < 8; i++) {
        uint64_t word = 0;
        // The first byte is the lowest, whatever the machine's order is.
        for (int k = 0; k < 8; k++) { word |= (uint64_t)bytes[i * 8 + k] << (k * 8); }
        const int shift = i * 8;
        // Bit 5 is all that tells the two kinds of brackets apart, and no other byte becomes one by it.
        found.quotes |= places(word, '"') << shift;
        found.backslashes |= places(word, '\\') << shift;
        found.openings |= places(word | each(0x20), '{') << shift;
        found.closings |= places(word | each(0x20), '}') << shift;
        found.list_closings |= places(word, ']') << shift;
    }
    return found;
}

/// Each bit is the parity of the bits up to it.
INLINE uint64_t parities_by_shifts(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
}

// ---- By vectors

#if defined(__SSE2__)
INLINE uint64_t mask16(__m128i a, __m128i b, __m128i c, __m128i d) {
    return (uint64_t)(uint32_t)_mm_movemask_epi8(a) | (uint64_t)(uint32_t)_mm_movemask_epi8(b) << 16
        | (uint64_t)(uint32_t)_mm_movemask_epi8(c) << 32 | (uint64_t)(uint32_t)_mm_movemask_epi8(d) << 48;
}

INLINE uint64_t equal16(__m128i a, __m128i b, __m128i c, __m128i d, char byte) {
    const __m128i wanted = _mm_set1_epi8(byte);
    return mask16(
        _mm_cmpeq_epi8(a, wanted), _mm_cmpeq_epi8(b, wanted), _mm_cmpeq_epi8(c, wanted), _mm_cmpeq_epi8(d, wanted));
}

INLINE kinds classify_sse2(const uint8_t *bytes) {
    const __m128i *vectors = (const __m128i *)bytes;
    __m128i a = _mm_loadu_si128(vectors);
    __m128i b = _mm_loadu_si128(vectors + 1);
    __m128i c = _mm_loadu_si128(vectors + 2);
    __m128i d = _mm_loadu_si128(vectors + 3);
    kinds found;
    found.quotes = equal16(a, b, c, d, '"');
    found.backslashes = equal16(a, b, c, d, '\\');
    found.list_closings = equal16(a, b, c, d, ']');
    const __m128i bit = _mm_set1_epi8(0x20);
    a = _mm_or_si128(a, bit);
    b = _mm_or_si128(b, bit);
    c = _mm_or_si128(c, bit);
    d = _mm_or_si128(d, bit);
    found.openings = equal16(a, b, c, d, '{');
    found.closings = equal16(a, b, c, d, '}');
    return found;
}
#endif

#if HAS_AVX2_WAY
#define AVX2 __attribute__((target("avx2,bmi,pclmul,popcnt")))

AVX2 INLINE uint64_t equal32(__m256i a, __m256i b, char byte) {
    const __m256i wanted = _mm256_set1_epi8(byte);
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, wanted))
        | (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, wanted)) << 32;
}

AVX2 INLINE kinds classify_avx2(const uint8_t *bytes) {
    __m256i a = _mm256_loadu_si256((const __m256i *)bytes);
    __m256i b = _mm256_loadu_si256((const __m256i *)bytes + 1);
    kinds found;
    found.quotes = equal32(a, b, '"');
    found.backslashes = equal32(a, b, '\\');
    found.list_closings = equal32(a, b, ']');
    const __m256i bit = _mm256_set1_epi8(0x20);
    a = _mm256_or_si256(a, bit);
    b = _mm256_or_si256(b, bit);
    found.openings = equal32(a, b, '{');
    found.closings = equal32(a, b, '}');
    return found;
}

/// A product without carries by all ones is the parity of the bits up to each place.
AVX2 INLINE uint64_t parities_by_product(uint64_t bits) {
    const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}
#endif

// ---- The scan, however bytes are classified

/// The bytes that a backslash before them escapes, if all backslashes are in strings: those after a run of an odd number.
INLINE uint64_t escaped(uint64_t backslashes, uint64_t *is_escaped) {
    const uint64_t even = UINT64_C(0x5555555555555555);
    backslashes &= ~*is_escaped;
    const uint64_t follows = backslashes << 1 | *is_escaped;
    const uint64_t odd_starts = backslashes & ~even & ~follows;
    // Adding a run to its own beginning carries to just past the run.
    const uint64_t past = odd_starts + backslashes;
    *is_escaped = past < backslashes;
    return (even ^ past << 1) & follows;
}

/// Up to 64 bytes one by one: the meaning that all ways share.
static int step_bytes(const uint8_t *bytes, int count, state *at) {
    for (int i = 0; i < count; i++) {
        const uint8_t byte = bytes[i];
        if (at->is_escaped) {
            at->is_escaped = 0;
        } else if (byte == '"') {
            at->in_string = ~at->in_string;
        } else if (at->in_string) {
            at->is_escaped = byte == '\\';
        } else if ((byte | 0x20) == '{') {
            if (++at->depth > at->maximum_depth) { return TOO_DEEP; }
        } else if ((byte | 0x20) == '}') {
            if (--at->depth == 0 && byte == ']') { return i + 1; }
        }
    }
    return GOES_ON;
}

INLINE int step(const uint8_t *bytes, kinds found, uint64_t (*parities)(uint64_t), state *at) {
    uint64_t is_escaped = at->is_escaped;
    uint64_t quotes = found.quotes;
    if (found.backslashes | is_escaped) { quotes &= ~escaped(found.backslashes, &is_escaped); }
    const uint64_t in_string = parities(quotes) ^ at->in_string;
    const uint64_t openings = found.openings & ~in_string;
    const uint64_t closings = found.closings & ~in_string;
    const uint64_t list_closings = found.list_closings & ~in_string;
    const int opened = __builtin_popcountll(openings);
    // A backslash outside strings escapes nothing, and depth is to be judged at each bracket near the limit.
    if (__builtin_expect((found.backslashes & ~in_string) || at->depth + opened > at->maximum_depth, 0)) {
        return step_bytes(bytes, 64, at);
    }
    for (uint64_t left = list_closings; left != 0; left &= left - 1) {
        const uint64_t up_to = left ^ (left - 1);
        if (at->depth + __builtin_popcountll(openings & up_to) == __builtin_popcountll(closings & up_to)) {
            return __builtin_ctzll(left) + 1;
        }
    }
    at->depth += opened - __builtin_popcountll(closings);
    // All ones when the last byte is in a string.
    at->in_string = (uint64_t)((int64_t)in_string >> 63);
    at->is_escaped = is_escaped;
    return GOES_ON;
}

INLINE size_t scan(
    const uint8_t *bytes, size_t count, size_t maximum_depth, kinds (*classify)(const uint8_t *),
    uint64_t (*parities)(uint64_t)
) {
    state at = {0, (int64_t)maximum_depth, 0, 0};
    size_t i = 0;
    while (count - i >= 64) {
        // 64 bytes from `i` on are there.
        const int found = step(bytes + i, classify(bytes + i), parities, &at);
        if (found != GOES_ON) { return found == TOO_DEEP ? 0 : i + (size_t)found; }
        i += 64;
    }
    // Zeros, which mean nothing, follow the last bytes.
    uint8_t rest[64] = {0};
    memcpy(rest, bytes + i, count - i);
    const int found = step(rest, classify(rest), parities, &at);
    return found > 0 ? i + (size_t)found : 0;
}

static size_t scan_words(const uint8_t *bytes, size_t count, size_t maximum_depth) {
    return scan(bytes, count, maximum_depth, classify_words, parities_by_shifts);
}

#if defined(__SSE2__)
static size_t scan_sse2(const uint8_t *bytes, size_t count, size_t maximum_depth) {
    return scan(bytes, count, maximum_depth, classify_sse2, parities_by_shifts);
}
#endif

#if HAS_AVX2_WAY
AVX2 static size_t scan_avx2(const uint8_t *bytes, size_t count, size_t maximum_depth) {
    return scan(bytes, count, maximum_depth, classify_avx2, parities_by_product);
}
#endif

scan_way scan_best_way(void) {
#if HAS_AVX2_WAY
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("pclmul")
        && __builtin_cpu_supports("popcnt")) {
        return SCAN_AVX2;
    }
#endif
#if defined(__SSE2__)
    return SCAN_SSE2;
#else
    return SCAN_WORDS;
#endif
}

size_t scan_list_by(scan_way way, const uint8_t *bytes, size_t count, size_t maximum_depth) {
    switch (way) {
#if HAS_AVX2_WAY
    case SCAN_AVX2: return scan_avx2(bytes, count, maximum_depth);
#endif
#if defined(__SSE2__)
    case SCAN_SSE2: return scan_sse2(bytes, count, maximum_depth);
#endif
    default: return scan_words(bytes, count, maximum_depth);
    }
}

size_t scan_list(const uint8_t *bytes, size_t count, size_t maximum_depth) {
    return scan_list_by(scan_best_way(), bytes, count, maximum_depth);
}
