#include "cjpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

// After stdio.h, which they need.
#include <jpeglib.h>
#include <jerror.h>

// Room for Huffman tables and every other marker that the encoder writes.
#define MARKERS 2048

typedef struct failure {
  struct jpeg_error_mgr manager;
  jmp_buf target;
  cjpeg_status status;
  cjpeg_message *message;
} failure;

typedef struct decoder {
  struct jpeg_decompress_struct info;
  struct jpeg_progress_mgr progress;
  failure failure;
  int max_scans;
} decoder;

typedef struct encoder {
  struct jpeg_compress_struct info;
  struct jpeg_destination_mgr destination;
  failure failure;
  size_t capacity;
} encoder;

static _Noreturn void fail(failure *failure, cjpeg_status status) {
  failure->status = status;
  longjmp(failure->target, 1);
}

static void keep_message(j_common_ptr info, cjpeg_message *message) {
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  snprintf(message->text, sizeof message->text, "%s", text);
}

static _Noreturn void on_error(j_common_ptr info) {
  failure *failed = (failure *)info->err;
  keep_message(info, failed->message);
  fail(failed, info->err->msg_code == JERR_OUT_OF_MEMORY ? CJPEG_MEMORY : CJPEG_INVALID);
}

/// Below zero: libjpeg found damage and would go on with pixels that it made up.
static void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  failure *failed = (failure *)info->err;
  keep_message(info, failed->message);
  switch (info->err->msg_code) {
    // Only about markers; no pixel is in doubt.
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: return;
    case JWRN_JPEG_EOF: fail(failed, CJPEG_TRUNCATED);
    default: fail(failed, CJPEG_INVALID);
  }
}

static void on_output(j_common_ptr info) { (void)info; }

/// Called while scans are read.
static void on_progress(j_common_ptr info) {
  decoder *self = (decoder *)info;
  if (info->is_decompressor && self->info.input_scan_number > self->max_scans) fail(&self->failure, CJPEG_SCANS);
}

static void set_failure(failure *failure, cjpeg_message *message, struct jpeg_error_mgr **place) {
  memset(message, 0, sizeof *message);
  *place = jpeg_std_error(&failure->manager);
  failure->manager.error_exit = on_error;
  failure->manager.emit_message = on_message;
  failure->manager.output_message = on_output;
  failure->message = message;
  failure->status = CJPEG_OK;
}

static int is_decodable(const struct jpeg_decompress_struct *info) {
  switch (info->jpeg_color_space) {
    case JCS_GRAYSCALE: return info->num_components == 1;
    case JCS_RGB:
    case JCS_YCbCr: return info->num_components == 3;
    default: return 0;
  }
}

cjpeg_status cjpeg_read_header(const uint8_t *bytes, size_t length, cjpeg_header *header, cjpeg_message *message) {
  decoder self;
  set_failure(&self.failure, message, &self.info.err);
  if (length == 0) return CJPEG_TRUNCATED;
  // Destroying is allowed from here on, also when creating fails.
  self.info.mem = NULL;
  if (setjmp(self.failure.target)) {
    jpeg_destroy_decompress(&self.info);
    return self.failure.status;
  }
  jpeg_create_decompress(&self.info);
  jpeg_mem_src(&self.info, bytes, length);
  jpeg_read_header(&self.info, TRUE);
  header->width = self.info.image_width;
  header->height = self.info.image_height;
  header->components = (uint8_t)self.info.num_components;
  header->is_decodable = (uint8_t)is_decodable(&self.info);
  jpeg_destroy_decompress(&self.info);
  return CJPEG_OK;
}

cjpeg_status cjpeg_decode(
  const uint8_t *bytes, size_t length, int max_scans, uint8_t *pixels, size_t capacity, cjpeg_message *message) {
  decoder self;
  set_failure(&self.failure, message, &self.info.err);
  if (length == 0) return CJPEG_TRUNCATED;
  self.info.mem = NULL;
  self.max_scans = max_scans;
  if (setjmp(self.failure.target)) {
    jpeg_destroy_decompress(&self.info);
    return self.failure.status;
  }
  jpeg_create_decompress(&self.info);
  self.progress.progress_monitor = on_progress;
  self.info.progress = &self.progress;
  jpeg_mem_src(&self.info, bytes, length);
  jpeg_read_header(&self.info, TRUE);
  if (!is_decodable(&self.info)) fail(&self.failure, CJPEG_INVALID);
  self.info.out_color_space = self.info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  // The exact transform: the same pixels with and without SIMD.
  self.info.dct_method = JDCT_ISLOW;
  size_t row = (size_t)self.info.image_width * self.info.num_components;
  if (row * self.info.image_height != capacity) fail(&self.failure, CJPEG_BUFFER);
  jpeg_start_decompress(&self.info);
  while (self.info.output_scanline < self.info.output_height) {
    JSAMPROW line = pixels + row * self.info.output_scanline;
    jpeg_read_scanlines(&self.info, &line, 1);
  }
  // Up to the end marker, so that a file cut short after its last row is noticed.
  jpeg_finish_decompress(&self.info);
  jpeg_destroy_decompress(&self.info);
  return CJPEG_OK;
}

static void start_output(j_compress_ptr info) { (void)info; }

static boolean on_full(j_compress_ptr info) {
  fail(&((encoder *)info)->failure, CJPEG_BUFFER);
  return FALSE;
}

static void end_output(j_compress_ptr info) { (void)info; }

size_t cjpeg_encoded_bound(uint32_t width, uint32_t height, int channels) {
  // A coefficient takes at most 16 bits of code and 11 of value, with a zero byte after every 0xFF.
  // Halved chroma makes units of 16 by 16 pixels.
  size_t blocks = (size_t)(width / 16 + 1) * 2 * (height / 16 + 1) * 2 * channels;
  return blocks * 64 * 8 + MARKERS;
}

cjpeg_status cjpeg_encode(
  const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int quality, int chroma_step, uint8_t *out,
  size_t capacity, size_t *length, cjpeg_message *message) {
  encoder self;
  set_failure(&self.failure, message, &self.info.err);
  self.info.mem = NULL;
  if (setjmp(self.failure.target)) {
    jpeg_destroy_compress(&self.info);
    return self.failure.status;
  }
  jpeg_create_compress(&self.info);
  self.destination.init_destination = start_output;
  self.destination.empty_output_buffer = on_full;
  self.destination.term_destination = end_output;
  self.destination.next_output_byte = out;
  self.destination.free_in_buffer = capacity;
  self.info.dest = &self.destination;
  self.info.image_width = width;
  self.info.image_height = height;
  self.info.input_components = channels;
  self.info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&self.info);
  jpeg_set_quality(&self.info, quality, TRUE);
  self.info.dct_method = JDCT_ISLOW;
  for (int component = 0; component < self.info.num_components; component++) {
    int factor = channels == 3 && component == 0 ? chroma_step : 1;
    self.info.comp_info[component].h_samp_factor = factor;
    self.info.comp_info[component].v_samp_factor = factor;
  }
  jpeg_start_compress(&self.info, TRUE);
  size_t row = (size_t)width * channels;
  while (self.info.next_scanline < height) {
    // libjpeg's row is not const, but it is only read.
    JSAMPROW line = (JSAMPROW)(pixels + row * self.info.next_scanline);
    jpeg_write_scanlines(&self.info, &line, 1);
  }
  jpeg_finish_compress(&self.info);
  *length = capacity - self.destination.free_in_buffer;
  jpeg_destroy_compress(&self.info);
  return CJPEG_OK;
}
