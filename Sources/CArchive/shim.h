// libarchive for tar and for compression, zlib and liblzma for decompression, zlib for the members of zip archives.
//
// Two decoders are called directly because libarchive's filters leave a rule unchecked: its gzip filter ignores the
// CRC and the length at the end of a stream, and its xz filter decodes without a memory limit.
#ifndef CARCHIVE_SHIM_H
#define CARCHIVE_SHIM_H

#include <archive.h>
#include <archive_entry.h>
#include <lzma.h>
#include <zlib.h>

// inflateInit2 and the constants below are macros with casts, which Swift does not import.

/// Prepares `stream` for gzip (window of 2^15 bytes, gzip header and trailer required).
static inline int carchive_gzip_init(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

/// Prepare `stream` for deflated bytes without header and check sum; the level is 1 … 9.
static inline int carchive_inflate_init(z_stream *stream) { return inflateInit2(stream, -15); }
static inline int carchive_deflate_init(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}

/// Prepares `stream` for xz, several streams in a row allowed, at most `memory` bytes of decoder state.
static inline lzma_ret carchive_xz_init(lzma_stream *stream, uint64_t memory) {
  return lzma_stream_decoder(stream, memory, LZMA_CONCATENATED);
}

static inline int carchive_type_file(void) { return AE_IFREG; }
static inline int carchive_type_directory(void) { return AE_IFDIR; }
static inline int carchive_type_symbolic_link(void) { return AE_IFLNK; }
static inline int carchive_type_socket(void) { return AE_IFSOCK; }
static inline int carchive_type_character_device(void) { return AE_IFCHR; }
static inline int carchive_type_block_device(void) { return AE_IFBLK; }
static inline int carchive_type_fifo(void) { return AE_IFIFO; }

#endif
