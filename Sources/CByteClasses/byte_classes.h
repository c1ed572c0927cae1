// What the bytes of a text are, 64 or 16 at a time, one bit for each byte.
//
// In C, since Swift has no way from a comparison of vectors to a word of bits. Vector extensions of
// clang only, so it is the same code on every processor; x86 gets it three times, for what it can do.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { byte_classes_width = 64 };

/// Bit n is byte n.
struct byte_classes {
  uint64_t quote;      // "
  uint64_t backslash;  // backslash
  uint64_t opening;    // { [
  uint64_t closing;    // } ]
  uint64_t list;       // [
  uint64_t comma;      // ,
  uint64_t blank;      // up to and with the space
  uint64_t digit;      // 0 to 9
  uint64_t space;      // the space
  uint64_t dash;       // -
  uint64_t dot;        // .
  uint64_t assignment; // = : % @
  uint64_t of_token;   // _ I z J
  uint64_t r_or_c;     // in either case
  uint64_t e_or_i;     // in either case
};

typedef uint8_t byte_vector __attribute__((ext_vector_type(64)));
typedef bool bit_vector __attribute__((ext_vector_type(64)));

static inline __attribute__((always_inline)) uint64_t byte_vector_bits(bit_vector bits) {
  uint64_t word;
  memcpy(&word, &bits, sizeof word);
  return word;
}

#define BYTES_THAT(test) byte_vector_bits(__builtin_convertvector((test), bit_vector))

static inline __attribute__((always_inline)) void byte_classes_of(
    const uint8_t *_Nonnull bytes, struct byte_classes *_Nonnull classes) {
  byte_vector x;
  memcpy(&x, bytes, sizeof x);
  // Letters in lower case; brackets as braces.
  byte_vector lowered = x | 0x20;
  classes->quote = BYTES_THAT(x == '"');
  classes->backslash = BYTES_THAT(x == '\\');
  classes->opening = BYTES_THAT(lowered == '{');
  classes->closing = BYTES_THAT(lowered == '}');
  classes->list = BYTES_THAT(x == '[');
  classes->comma = BYTES_THAT(x == ',');
  classes->blank = BYTES_THAT(x <= ' ');
  classes->digit = BYTES_THAT((byte_vector)(x - '0') <= 9);
  classes->space = BYTES_THAT(x == ' ');
  classes->dash = BYTES_THAT(x == '-');
  classes->dot = BYTES_THAT(x == '.');
  classes->assignment = BYTES_THAT((x == '=') | (x == ':') | (x == '%') | (x == '@'));
  classes->of_token = BYTES_THAT((x == '_') | (x == 'I') | (x == 'z') | (x == 'J'));
  classes->r_or_c = BYTES_THAT((lowered == 'r') | (lowered == 'c'));
  classes->e_or_i = BYTES_THAT((lowered == 'e') | (lowered == 'i'));
}

enum { string_stops_width = 16 };

typedef uint8_t short_byte_vector __attribute__((ext_vector_type(16)));
typedef bool short_bit_vector __attribute__((ext_vector_type(16)));

/// Of `string_stops_width` bytes, wherever they lie: bits 0 to 15, which are a quote, a backslash or below
/// the space; bits 16 to 31, which are not ASCII.
///
/// Half of the strings of an event are shorter. Every x86-64 can do this, so there is nothing to choose.
static inline __attribute__((always_inline)) uint32_t string_stops(const uint8_t *_Nonnull bytes) {
  short_byte_vector x;
  memcpy(&x, bytes, sizeof x);
  short_bit_vector stops = __builtin_convertvector((x == '"') | (x == '\\') | (x < ' '), short_bit_vector);
  short_bit_vector others = __builtin_convertvector(x >= 0x80, short_bit_vector);
  uint16_t words[2];
  memcpy(&words[0], &stops, sizeof words[0]);
  memcpy(&words[1], &others, sizeof words[1]);
  return words[0] | (uint32_t)words[1] << 16;
}

/// How many digits stand in front, up to `string_stops_width` of the bytes that are read.
static inline __attribute__((always_inline)) uint32_t leading_digits(const uint8_t *_Nonnull bytes) {
  short_byte_vector x;
  memcpy(&x, bytes, sizeof x);
  short_bit_vector others = __builtin_convertvector((short_byte_vector)(x - '0') > 9, short_bit_vector);
  uint16_t word;
  memcpy(&word, &others, sizeof word);
  return (uint32_t)__builtin_ctz(word | 1u << string_stops_width);
}

#undef BYTES_THAT

/// Reads `byte_classes_width` bytes, wherever they lie, and writes all of `classes`.
typedef void (*byte_classifier)(const uint8_t *_Nonnull bytes, struct byte_classes *_Nonnull classes);

static inline void byte_classes_plain(const uint8_t *_Nonnull bytes, struct byte_classes *_Nonnull classes) {
  byte_classes_of(bytes, classes);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline void byte_classes_avx2(
    const uint8_t *_Nonnull bytes, struct byte_classes *_Nonnull classes) {
  byte_classes_of(bytes, classes);
}

__attribute__((target("avx512bw"))) static inline void byte_classes_avx512(
    const uint8_t *_Nonnull bytes, struct byte_classes *_Nonnull classes) {
  byte_classes_of(bytes, classes);
}
#endif

/// The fastest that this processor can run.
static inline byte_classifier _Nonnull byte_classes_best(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bw")) return byte_classes_avx512;
  if (__builtin_cpu_supports("avx2")) return byte_classes_avx2;
#endif
  return byte_classes_plain;
}

/// The one that runs everywhere, for comparison.
static inline byte_classifier _Nonnull byte_classes_everywhere(void) { return byte_classes_plain; }
