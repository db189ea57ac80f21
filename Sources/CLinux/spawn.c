#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// What the child tells the parent over the report pipe: a refused niceness, then, only if exec fails, where and why.
struct report {
  int32_t step;
  int32_t error;
};

// A NULL-ended vector of pointers into `bytes`, whose strings each end in a NUL; NULL when out of memory or malformed.
static char **string_vector(const uint8_t *bytes, size_t count) {
  if (count > 0 && bytes[count - 1] != 0) return NULL;
  size_t strings = 0;
  for (size_t i = 0; i < count; i++) strings += bytes[i] == 0;
  char **vector = calloc(strings + 1, sizeof(char *));
  if (!vector) return NULL;
  size_t start = 0, next = 0;
  for (size_t i = 0; i < count; i++) {
    if (bytes[i] != 0) continue;
    vector[next++] = (char *)bytes + start;
    start = i + 1;
  }
  return vector;
}

static void tell(int report_fd, int step, int error) {
  struct report report = { step, error };
  // A report is far below PIPE_BUF: the write is whole or fails, and a failure shows as an early end of the pipe.
  (void)!write(report_fd, &report, sizeof report);
}

static void die(int report_fd, int step) {
  tell(report_fd, step, errno);
  _exit(127);
}

// Between fork and exec of a threaded process: only async-signal-safe calls.
static void become_child(
  const char *program, char **arguments, char **environment, const char *directory, struct clinux_child_limits limits,
  int out, int err, int report_fd, pid_t parent
) {
  if (setpgid(0, 0) != 0) die(report_fd, CLINUX_STEP_GROUP);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) die(report_fd, CLINUX_STEP_DEATH_SIGNAL);
  // The parent may have ended between fork and prctl.
  if (getppid() != parent) _exit(127);

  // Refused for SIGKILL and SIGSTOP, as it should be.
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  umask(022);

  if (limits.data_bytes > 0) {
    struct rlimit limit = { limits.data_bytes, limits.data_bytes };
    if (setrlimit(RLIMIT_DATA, &limit) != 0) die(report_fd, CLINUX_STEP_LIMIT);
  }
  if (limits.nice != 0) {
    errno = 0;
    int now = getpriority(PRIO_PROCESS, 0);
    if (setpriority(PRIO_PROCESS, 0, now + limits.nice) != 0) tell(report_fd, CLINUX_STEP_NONE, errno);
  }
  if (chdir(directory) != 0) die(report_fd, CLINUX_STEP_DIRECTORY);

  int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0) die(report_fd, CLINUX_STEP_DESCRIPTORS);
  if (dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) die(report_fd, CLINUX_STEP_DESCRIPTORS);
#ifdef SYS_close_range
  // Marks rather than closes, so that the report pipe lasts until exec. Ours are close-on-exec already; this is for
  // descriptors that libraries opened otherwise, and a kernel without it is no reason to stop.
  syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
#endif
  execve(program, arguments, environment);
  die(report_fd, CLINUX_STEP_EXEC);
}

// A pipe whose ends are close-on-exec and above the standard descriptors, so that dup2 in the child never meets itself.
static int high_pipe(int ends[2]) {
  int low[2];
  if (pipe2(low, O_CLOEXEC) != 0) return -errno;
  for (int i = 0; i < 2; i++) {
    ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 3);
    if (ends[i] < 0) {
      int error = -errno;
      if (i == 1) close(ends[0]);
      close(low[0]);
      close(low[1]);
      return error;
    }
  }
  close(low[0]);
  close(low[1]);
  return 0;
}

static void close_both(int ends[2]) {
  close(ends[0]);
  close(ends[1]);
}

int clinux_spawn(
  const char *program,
  const uint8_t *arguments, size_t arguments_bytes,
  const uint8_t *environment, size_t environment_bytes,
  const char *directory,
  struct clinux_child_limits limits,
  struct clinux_child *child
) {
  memset(child, 0, sizeof *child);
  child->failed_step = CLINUX_STEP_PIPE;
  char **argument_vector = string_vector(arguments, arguments_bytes);
  char **environment_vector = string_vector(environment, environment_bytes);
  int out[2], err[2], report_pipe[2];
  int result = -ENOMEM;
  if (!argument_vector || !environment_vector) goto free_vectors;
  if ((result = high_pipe(out)) != 0) goto free_vectors;
  if ((result = high_pipe(err)) != 0) goto close_out;
  if ((result = high_pipe(report_pipe)) != 0) goto close_err;

  pid_t parent = getpid();
  child->failed_step = CLINUX_STEP_FORK;
  pid_t pid = fork();
  if (pid < 0) {
    result = -errno;
    close_both(report_pipe);
    goto close_err;
  }
  if (pid == 0) {
    become_child(
      program, argument_vector, environment_vector, directory, limits, out[1], err[1], report_pipe[1], parent);
    _exit(127);
  }

  close(report_pipe[1]);
  close(out[1]);
  close(err[1]);
  // The group is made on both sides: whoever comes first, a signal to the group finds it.
  setpgid(pid, pid);

  // Ends at exec (close-on-exec) or with a report of what failed.
  struct report report;
  child->failed_step = CLINUX_STEP_NONE;
  result = 0;
  for (;;) {
    ssize_t got = read(report_pipe[0], &report, sizeof report);
    if (got < 0 && errno == EINTR) continue;
    if (got != (ssize_t)sizeof report) break;
    if (report.step == CLINUX_STEP_NONE) {
      child->nice_error = report.error;
      continue;
    }
    child->failed_step = report.step;
    result = -report.error;
  }
  close(report_pipe[0]);
  free(argument_vector);
  free(environment_vector);
  if (result != 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    close(out[0]);
    close(err[0]);
    return result;
  }
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  child->pid = pid;
  child->standard_output = out[0];
  child->standard_error = err[0];
  return 0;

close_err:
  close_both(err);
close_out:
  close_both(out);
free_vectors:
  free(argument_vector);
  free(environment_vector);
  return result;
}

int clinux_reap(pid_t pid, int32_t *code) {
  siginfo_t info;
  info.si_pid = 0;
  while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno != EINTR) return -errno;
  }
  if (info.si_pid == 0) return 0;
  // Its number is not given to anyone else until it is reaped: now is the time to end what it left behind.
  kill(-pid, SIGKILL);
  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  if (WIFEXITED(status)) *code = WEXITSTATUS(status);
  else *code = -WTERMSIG(status);
  return 1;
}

int clinux_wait_readable(int first, int second, int milliseconds) {
  struct pollfd waits[2] = { { first, POLLIN, 0 }, { second, POLLIN, 0 } };
  int got = poll(waits, 2, milliseconds);
  if (got < 0) return errno == EINTR ? 0 : -errno;
  return (waits[0].revents != 0 ? 1 : 0) | (waits[1].revents != 0 ? 2 : 0);
}

int clinux_name_process(const char *name) {
  return prctl(PR_SET_NAME, name) == 0 ? 0 : -errno;
}
