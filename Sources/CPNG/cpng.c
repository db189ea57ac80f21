#include "cpng.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

// Limits on what one ancillary chunk and all of them together may cost.
#define CHUNK_CACHE 128
#define CHUNK_MALLOC (1 << 20)

typedef struct reader {
  const uint8_t *bytes;
  size_t length, position;
  int truncated;
} reader;

typedef struct writer {
  uint8_t *bytes;
  size_t capacity, position;
} writer;

static void on_error(png_structp png, png_const_charp text) {
  cpng_message *message = png_get_error_ptr(png);
  snprintf(message->text, sizeof message->text, "%s", text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  cpng_message *message = png_get_error_ptr(png);
  message->warnings += 1;
  snprintf(message->text, sizeof message->text, "%s", text);
}

static void read_bytes(png_structp png, png_bytep out, size_t count) {
  reader *from = png_get_io_ptr(png);
  if (from->length - from->position < count) {
    from->truncated = 1;
    png_error(png, "the file ends too early");
  }
  memcpy(out, from->bytes + from->position, count);
  from->position += count;
}

static void write_bytes(png_structp png, png_bytep in, size_t count) {
  writer *to = png_get_io_ptr(png);
  // Past the capacity only the size is counted, so that the caller learns what would do.
  if (to->position + count <= to->capacity) memcpy(to->bytes + to->position, in, count);
  to->position += count;
}

static void flush_bytes(png_structp png) { (void)png; }

static png_structp make_reader(reader *from, uint32_t max_side, cpng_message *message) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
  if (png == NULL) return NULL;
  png_set_read_fn(png, from, read_bytes);
  png_set_user_limits(png, max_side, max_side);
  png_set_chunk_cache_max(png, CHUNK_CACHE);
  png_set_chunk_malloc_max(png, CHUNK_MALLOC);
  // A wrong CRC is an error in every chunk, also in those that are not used.
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  // Text, profiles and the like are passed over unread: their decoders have nothing to give here.
  static const png_byte unread[] = "tEXt\0zTXt\0iTXt\0iCCP\0sPLT\0hIST\0eXIf\0pCAL\0sCAL\0tIME\0oFFs\0pHYs\0bKGD\0sBIT";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, unread, (int)(sizeof unread / 5));
  return png;
}

static cpng_status failure(const reader *from) { return from->truncated ? CPNG_TRUNCATED : CPNG_INVALID; }

/// Turns away sides that libpng would refuse, with a status of their own: IHDR always is the first chunk.
static cpng_status check_sides(const uint8_t *bytes, size_t length, uint32_t max_side) {
  static const uint8_t start[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
  size_t known = length < sizeof start ? length : sizeof start;
  if (memcmp(bytes, start, known) != 0) return CPNG_INVALID;
  if (length < sizeof start + 8) return CPNG_TRUNCATED;
  for (int side = 0; side < 2; side++) {
    const uint8_t *at = bytes + sizeof start + 4 * side;
    uint32_t value = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    if (value == 0 || value > max_side) return CPNG_SIDE;
  }
  return CPNG_OK;
}

cpng_status cpng_read_header(
  const uint8_t *bytes, size_t length, uint32_t max_side, cpng_header *header, cpng_message *message) {
  memset(message, 0, sizeof *message);
  cpng_status sides = check_sides(bytes, length, max_side);
  if (sides != CPNG_OK) {
    if (sides == CPNG_INVALID) snprintf(message->text, sizeof message->text, "no PNG signature and IHDR");
    return sides;
  }
  reader from = {bytes, length, 0, 0};
  png_structp png = make_reader(&from, max_side, message);
  if (png == NULL) return CPNG_MEMORY;
  png_infop info = png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    return CPNG_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return failure(&from);
  }
  png_read_info(png, info);
  png_byte colour = png_get_color_type(png, info);
  header->width = png_get_image_width(png, info);
  header->height = png_get_image_height(png, info);
  header->bit_depth = png_get_bit_depth(png, info);
  header->has_colour = (colour & PNG_COLOR_MASK_COLOR) != 0;
  header->has_palette = (colour & PNG_COLOR_MASK_PALETTE) != 0;
  header->has_alpha = (colour & PNG_COLOR_MASK_ALPHA) != 0;
  header->has_transparency = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  header->is_interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  png_destroy_read_struct(&png, &info, NULL);
  return CPNG_OK;
}

cpng_status cpng_decode(
  const uint8_t *bytes, size_t length, uint32_t max_side, uint8_t *pixels, size_t capacity, cpng_message *message) {
  memset(message, 0, sizeof *message);
  reader from = {bytes, length, 0, 0};
  png_structp png = make_reader(&from, max_side, message);
  if (png == NULL) return CPNG_MEMORY;
  png_infop info = png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    return CPNG_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return failure(&from);
  }
  png_read_info(png, info);
  png_byte colour = png_get_color_type(png, info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (colour == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8) png_set_expand_gray_1_2_4_to_8(png);
  // What libpng finds amiss about the chunk it warns of and passes over, as for a file without one.
  if (png_get_valid(png, info, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t row = png_get_rowbytes(png, info);
  size_t height = png_get_image_height(png, info);
  if (row * height != capacity) {
    png_destroy_read_struct(&png, &info, NULL);
    return CPNG_BUFFER;
  }
  for (int pass = 0; pass < passes; pass++)
    for (size_t y = 0; y < height; y++) png_read_row(png, pixels + y * row, NULL);
  // Up to IEND, so that a file cut short after its last row is noticed.
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return CPNG_OK;
}

size_t cpng_encoded_bound(uint32_t width, uint32_t height, int channels, int bit_depth) {
  size_t raw = ((size_t)width * channels * (bit_depth / 8) + 1) * height;
  size_t packed = compressBound(raw) + 64;
  // libpng cuts the stream into IDAT chunks of 8192 bytes, 12 more bytes each; signature, IHDR and IEND are 57.
  return packed + (packed / 8192 + 1) * 12 + 64;
}

cpng_status cpng_encode(
  const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int bit_depth, uint8_t *out, size_t capacity,
  size_t *length, cpng_message *message) {
  memset(message, 0, sizeof *message);
  writer to = {out, capacity, 0};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
  if (png == NULL) return CPNG_MEMORY;
  png_infop info = png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_write_struct(&png, NULL);
    return CPNG_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return CPNG_INVALID;
  }
  png_set_write_fn(png, &to, write_bytes, flush_bytes);
  png_set_IHDR(
    png, info, width, height, bit_depth,
    (channels >= 3 ? PNG_COLOR_MASK_COLOR : 0) | (channels % 2 == 0 ? PNG_COLOR_MASK_ALPHA : 0), PNG_INTERLACE_NONE,
    PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  png_set_compression_level(png, 6);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_write_info(png, info);
  size_t row = (size_t)width * channels * (bit_depth / 8);
  for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + y * row);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  *length = to.position;
  return to.position <= capacity ? CPNG_OK : CPNG_BUFFER;
}
