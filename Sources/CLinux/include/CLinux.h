// What is needed from Linux and cannot be said in Swift: code between fork and exec, variadic calls, and
// structures with flexible members. Every function returns 0 (or a count) on success and a negative errno otherwise.
#pragma once

#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

// MARK: Child processes

// Where `clinux_spawn` failed, so that the caller can name the step.
enum clinux_spawn_step {
  CLINUX_STEP_NONE = 0,
  CLINUX_STEP_PIPE,
  CLINUX_STEP_FORK,
  CLINUX_STEP_GROUP,
  CLINUX_STEP_DEATH_SIGNAL,
  CLINUX_STEP_LIMIT,
  CLINUX_STEP_DIRECTORY,
  CLINUX_STEP_DESCRIPTORS,
  CLINUX_STEP_EXEC,
};

struct clinux_child_limits {
  // RLIMIT_DATA in bytes; 0 leaves it as it is.
  uint64_t data_bytes;
  // Added to the niceness; 0 leaves it as it is.
  int32_t nice;
};

struct clinux_child {
  pid_t pid;
  // Reading ends, close-on-exec, not blocking.
  int standard_output;
  int standard_error;
  enum clinux_spawn_step failed_step;
  // errno of a refused niceness (a system-call filter may forbid it), else 0. The child runs all the same.
  int32_t nice_error;
};

// Starts `program` in its own process group, killed with SIGKILL when the calling thread ends.
//
// `arguments` and `environment` are strings, each ended by a NUL, one after the other. Signal dispositions and mask are
// reset, the umask is 022, standard input is /dev/null, every other descriptor is closed.
//
// The calling thread must live until the child has been reaped: Linux ties the parent-death signal to the thread.
int clinux_spawn(
  const char *program,
  const uint8_t *arguments, size_t arguments_bytes,
  const uint8_t *environment, size_t environment_bytes,
  const char *directory,
  struct clinux_child_limits limits,
  struct clinux_child *child);

// Reaps `pid` if it has ended, killing what is left of its group: 1 with `code` set to the exit code (0…255) or to
// minus the signal; 0 if it still runs.
int clinux_reap(pid_t pid, int32_t *code);

// Waits at most `milliseconds` until one of two descriptors (-1: none) can be read or is closed; bits 0 and 1 tell
// which.
int clinux_wait_readable(int first, int second, int milliseconds);

// Names the calling process as `ps` and `top` show it; at most 15 bytes are kept.
int clinux_name_process(const char *name);

// MARK: Files

enum clinux_file_kind {
  CLINUX_FILE_REGULAR,
  CLINUX_FILE_DIRECTORY,
  CLINUX_FILE_LINK,
  CLINUX_FILE_OTHER,
};

struct clinux_file {
  enum clinux_file_kind kind;
  int64_t size;
  // Nanoseconds since 1970.
  int64_t modified;
  // The inode's last change, which nobody can set; nanoseconds since 1970.
  int64_t changed;
  uint64_t device, inode;
  // Bytes that it takes on disk: less than its size where it has holes.
  int64_t allocated;
  uid_t owner;
  // Permission bits with setuid, setgid and sticky.
  mode_t mode;
};

// Describes the file at `path`, links not followed.
int clinux_look(const char *path, struct clinux_file *result);

// Describes what the links at `path` lead to.
int clinux_follow(const char *path, struct clinux_file *result);

// Describes an open file.
int clinux_look_open(int descriptor, struct clinux_file *result);

// Whether anybody has an open file open for writing: 1, 0, or a negative errno where the kernel will not say (the file is
// another user's, or its filesystem knows no leases).
int clinux_is_being_written(int descriptor);

// Makes `target`, open for writing and empty, share the bytes of `source` where the filesystem can (EOPNOTSUPP, EXDEV,
// EINVAL where it cannot).
int clinux_clone(int target, int source);

typedef void (*clinux_name_visitor)(const char *name, void *context);

// Tells `visit` every name in the directory `path`, without "." and "..", in no order.
int clinux_names(const char *path, clinux_name_visitor visit, void *context);

// Sets an open file's time of last change, in nanoseconds since 1970.
int clinux_set_modified(int descriptor, int64_t nanoseconds);

// MARK: File systems

// Forces everything that was written to the filesystem of an open file or directory to the disk.
int clinux_sync_filesystem(int descriptor);

struct clinux_filesystem {
  // statfs' f_type.
  uint64_t magic;
  // Bytes that an unprivileged process may still write.
  uint64_t available;
  // Device number, equal for two paths on the same filesystem.
  uint64_t device;
};

int clinux_filesystem(const char *path, struct clinux_filesystem *result);

// Renames without replacing an existing target (EEXIST).
int clinux_rename_new(const char *from, const char *to);

// MARK: inotify

// Opens an inotify descriptor, close-on-exec, not blocking.
int clinux_inotify_open(void);

// Watches the directory `path` for finished writes, arrivals and its own end; returns the watch's number.
int clinux_inotify_watch(int descriptor, const char *path);

enum clinux_inotify_summary {
  // A file was finished, moved in, or made.
  CLINUX_INOTIFY_CHANGED = 1,
  // The kernel dropped events.
  CLINUX_INOTIFY_OVERFLOW = 2,
  // A watched directory went away or its watch was removed.
  CLINUX_INOTIFY_GONE = 4,
};

// Reads every pending event and returns the union of what they say, 0 if there was none.
int clinux_inotify_drain(int descriptor);

// MARK: The service manager

// Sends one datagram to the Unix socket `path` ('@' first means the abstract namespace).
int clinux_notify(const char *path, const char *message);

// Whether somebody listens at the Unix stream socket `path`: 1, or 0 where nothing is or one was left behind.
int clinux_socket_answers(const char *path);

// CLOCK_MONOTONIC in microseconds.
uint64_t clinux_monotonic_microseconds(void);
