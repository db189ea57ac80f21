// JPEG files in memory through libjpeg. Every longjmp of libjpeg lands inside these functions; nothing is printed.
#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

typedef enum cjpeg_status {
  CJPEG_OK = 0,
  /// The file breaks the format, or is damaged: libjpeg's message says how.
  CJPEG_INVALID,
  /// The bytes end before the image does.
  CJPEG_TRUNCATED,
  /// More scans than allowed.
  CJPEG_SCANS,
  /// Not memory for the decoder.
  CJPEG_MEMORY,
  /// The caller's buffer has not the size that is needed.
  CJPEG_BUFFER,
} cjpeg_status;

typedef struct cjpeg_header {
  uint32_t width, height;
  /// As stored: 1 grey, 3 colour, 4 usually CMYK.
  uint8_t components;
  /// Whether the colours are grey, RGB or YCbCr, which are all that is decoded.
  uint8_t is_decodable;
} cjpeg_header;

/// What libjpeg said last; an empty string when that was nothing.
typedef struct cjpeg_message {
  char text[208];
} cjpeg_message;

/// Reads everything before the image data.
cjpeg_status cjpeg_read_header(const uint8_t *bytes, size_t length, cjpeg_header *header, cjpeg_message *message);

/// Decodes to 8 bits, row-major, interleaved: one channel for grey, RGB otherwise. `capacity` must be
/// width·height·channels. Damage that libjpeg could paint over is an error.
cjpeg_status cjpeg_decode(
  const uint8_t *bytes, size_t length, int max_scans, uint8_t *pixels, size_t capacity, cjpeg_message *message);

/// An upper bound for the bytes of an encoded image of `channels` 1 or 3.
size_t cjpeg_encoded_bound(uint32_t width, uint32_t height, int channels);

/// Encodes 8-bit grey or RGB, interleaved, as a baseline file; `quality` is 1 … 100. A chroma sample stands for
/// `chroma_step` pixels each way: 1 (4:4:4) or 2 (4:2:0). Same pixels, same bytes. `length` becomes the size of the file.
cjpeg_status cjpeg_encode(
  const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int quality, int chroma_step, uint8_t *out,
  size_t capacity, size_t *length, cjpeg_message *message);

#endif
