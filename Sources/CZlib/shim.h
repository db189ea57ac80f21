// zlib for the daemon, which looks for the end of a dropped gzip file and reads nothing in it.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// A macro with casts, which Swift does not import: a window of 2^15 bytes, gzip header and trailer required.
static inline int czlib_gzip_init(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
