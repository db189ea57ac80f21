// PNG files in memory through libpng. Every longjmp of libpng lands inside these functions; nothing is printed.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

typedef enum cpng_status {
  CPNG_OK = 0,
  /// The file breaks the format: libpng's message says how.
  CPNG_INVALID,
  /// The bytes end before the image does.
  CPNG_TRUNCATED,
  /// A side is above `max_side`, or zero.
  CPNG_SIDE,
  /// Not memory for the decoder.
  CPNG_MEMORY,
  /// The caller's buffer is too small; for encoding `length` says what would do.
  CPNG_BUFFER,
} cpng_status;

typedef struct cpng_header {
  uint32_t width, height;
  /// As stored: bits a sample, and whether there are colour, palette, alpha or a transparent colour.
  uint8_t bit_depth, has_colour, has_palette, has_alpha, has_transparency, is_interlaced;
} cpng_header;

/// What libpng said: the error, or else the last warning; an empty string when there was none.
typedef struct cpng_message {
  char text[160];
  int warnings;
} cpng_message;

/// Reads everything before the image data. `max_side` is in pixels.
cpng_status cpng_read_header(
  const uint8_t *bytes, size_t length, uint32_t max_side, cpng_header *header, cpng_message *message);

/// Decodes to 8 bits, or 16 with the most significant byte first, row-major, interleaved: one channel for grey, three
/// otherwise, then alpha if there is any. Palettes and low bit depths are expanded, a transparent colour becomes alpha.
/// `capacity` must be what that takes.
cpng_status cpng_decode(
  const uint8_t *bytes, size_t length, uint32_t max_side, uint8_t *pixels, size_t capacity, cpng_message *message);

/// An upper bound for the bytes of an encoded image of `channels` 1 to 4 and a depth of 8 or 16 bits.
size_t cpng_encoded_bound(uint32_t width, uint32_t height, int channels, int bit_depth);

/// Encodes grey, grey with alpha, RGB or RGB with alpha (`channels` 1 to 4), 8 or 16 bits each, with fixed settings: same
/// pixels, same bytes. `length` becomes the size of the file.
cpng_status cpng_encode(
  const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int bit_depth, uint8_t *out, size_t capacity,
  size_t *length, cpng_message *message);

#endif
