#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static void describe(const struct stat *info, struct clinux_file *result) {
  if (S_ISREG(info->st_mode)) result->kind = CLINUX_FILE_REGULAR;
  else if (S_ISDIR(info->st_mode)) result->kind = CLINUX_FILE_DIRECTORY;
  else if (S_ISLNK(info->st_mode)) result->kind = CLINUX_FILE_LINK;
  else result->kind = CLINUX_FILE_OTHER;
  result->size = info->st_size;
  result->modified = (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
  result->changed = (int64_t)info->st_ctim.tv_sec * 1000000000 + info->st_ctim.tv_nsec;
  result->device = info->st_dev;
  result->inode = info->st_ino;
  result->allocated = (int64_t)info->st_blocks * 512;
  result->owner = info->st_uid;
  result->mode = info->st_mode & 07777;
}

int clinux_look(const char *path, struct clinux_file *result) {
  struct stat info;
  if (lstat(path, &info) != 0) return -errno;
  describe(&info, result);
  return 0;
}

int clinux_follow(const char *path, struct clinux_file *result) {
  struct stat info;
  if (stat(path, &info) != 0) return -errno;
  describe(&info, result);
  return 0;
}

int clinux_look_open(int descriptor, struct clinux_file *result) {
  struct stat info;
  if (fstat(descriptor, &info) != 0) return -errno;
  describe(&info, result);
  return 0;
}

int clinux_is_being_written(int descriptor) {
  // Whoever opens the file for writing while a lease is held is made to wait, and the holder gets SIGIO, which would end
  // the process. The lease is given back at once.
  static atomic_flag prepared = ATOMIC_FLAG_INIT;
  if (!atomic_flag_test_and_set(&prepared)) {
    struct sigaction action;
    if (sigaction(SIGIO, NULL, &action) == 0 && action.sa_handler == SIG_DFL) signal(SIGIO, SIG_IGN);
  }
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return 0;
  }
  return errno == EAGAIN ? 1 : -errno;
}

int clinux_clone(int target, int source) {
  return ioctl(target, FICLONE, source) == 0 ? 0 : -errno;
}

int clinux_set_modified(int descriptor, int64_t nanoseconds) {
  struct timespec time = { nanoseconds / 1000000000, nanoseconds % 1000000000 };
  if (time.tv_nsec < 0) {
    time.tv_sec -= 1;
    time.tv_nsec += 1000000000;
  }
  struct timespec times[2] = { time, time };
  return futimens(descriptor, times) == 0 ? 0 : -errno;
}

int clinux_sync_filesystem(int descriptor) {
  return syncfs(descriptor) == 0 ? 0 : -errno;
}

int clinux_names(const char *path, clinux_name_visitor visit, void *context) {
  int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return -errno;
  DIR *directory = fdopendir(descriptor);
  if (directory == NULL) {
    int number = errno;
    close(descriptor);
    return -number;
  }
  int result = 0;
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(directory);
    if (entry == NULL) {
      result = -errno;
      break;
    }
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) visit(entry->d_name, context);
  }
  closedir(directory);
  return result;
}

int clinux_filesystem(const char *path, struct clinux_filesystem *result) {
  struct statfs info;
  struct stat file;
  while (statfs(path, &info) != 0) {
    if (errno != EINTR) return -errno;
  }
  if (stat(path, &file) != 0) return -errno;
  result->magic = (uint64_t)(uint32_t)info.f_type;
  result->available = (uint64_t)info.f_bavail * (uint64_t)info.f_bsize;
  result->device = (uint64_t)file.st_dev;
  return 0;
}

int clinux_rename_new(const char *from, const char *to) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : -errno;
}

int clinux_inotify_open(void) {
  int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  return descriptor >= 0 ? descriptor : -errno;
}

int clinux_inotify_watch(int descriptor, const char *path) {
  int watch = inotify_add_watch(
    descriptor, path,
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW |
      IN_EXCL_UNLINK);
  return watch >= 0 ? watch : -errno;
}

int clinux_inotify_drain(int descriptor) {
  // Room for many events; one alone needs its header and a name of NAME_MAX + 1 bytes.
  _Alignas(struct inotify_event) char buffer[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
  int summary = 0;
  for (;;) {
    ssize_t got = read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return summary;
    if (got < 0) return -errno;
    if (got == 0) return summary;
    for (ssize_t at = 0; at < got;) {
      const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
      if (event->mask & IN_Q_OVERFLOW) summary |= CLINUX_INOTIFY_OVERFLOW;
      else if (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) summary |= CLINUX_INOTIFY_GONE;
      else summary |= CLINUX_INOTIFY_CHANGED;
      at += (ssize_t)(sizeof(struct inotify_event) + event->len);
    }
  }
}
