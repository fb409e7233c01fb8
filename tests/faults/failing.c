/* Loaded before libc (LD_PRELOAD): the n-th call of one kind fails, in this process or in any that it starts.

   FAULTS_FILE names a file of a few integers that all of them share; tests/faults/injection.py writes it. Calls that
   write or read count when the file lies below FAULTS_ROOT; ends of connections count when they are sockets of the
   internet. READONLY is what a remount does: nothing below FAULTS_ROOT can be made, opened for writing, renamed, removed
   or written any more; it is told apart from the others by its error (EROFS) alone. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, WRITE, FSYNC, RENAME, START, RECEIVE, READ, READONLY };

struct shared { int kind, at, seen, lasting, error, hit; };

static struct shared *shared;
static char root[4096];

__attribute__((constructor)) static void open_shared(void)
{
    const char *file = getenv("FAULTS_FILE"), *folder = getenv("FAULTS_ROOT");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *place = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (place != MAP_FAILED)
        shared = place;
    snprintf(root, sizeof root, "%s", folder ? folder : "/");
}

static int fails(int kind)
{
    if (!shared || shared->kind != kind)
        return 0;
    int number = __sync_add_and_fetch(&shared->seen, 1);
    if (number != shared->at && !(shared->lasting && number > shared->at))
        return 0;
    __sync_add_and_fetch(&shared->hit, 1);
    errno = shared->error;
    return 1;
}

static int ours(int fd)
{
    struct stat about;
    char link[64], path[4096];
    if (!shared || !shared->kind || fstat(fd, &about) || !(S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    return length > 0 && (path[length] = 0, !strncmp(path, root, strlen(root)));
}

static int below(const char *path)
{
    char whole[8192];
    if (!shared || shared->kind != READONLY || !path)
        return 0;
    if (path[0] != '/' && getcwd(whole, sizeof whole / 2)) {
        strncat(whole, "/", 2);
        strncat(whole, path, sizeof whole / 2 - 2);
        path = whole;
    }
    return !strncmp(path, root, strlen(root));
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size)
{
    return ours(fd) && (fails(WRITE) || fails(READONLY)) ? -1 : REAL(write)(fd, data, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return ours(fd) && (fails(WRITE) || fails(READONLY)) ? -1 : REAL(writev)(fd, parts, count);
}

ssize_t read(int fd, void *data, size_t size)
{
    return shared && shared->kind == READ && ours(fd) && fails(READ) ? -1 : REAL(read)(fd, data, size);
}

static int writing(const char *path, int flags)
{
    return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) && below(path) && fails(READONLY);
}

#define MODE(flags) ({ va_list more; va_start(more, flags); int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0; \
                       va_end(more); mode; })

int open(const char *path, int flags, ...)
{
    int mode = MODE(flags);
    return writing(path, flags) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    int mode = MODE(flags);
    return writing(path, flags) ? -1 : REAL(open64)(path, flags, mode);
}

int mkdir(const char *path, mode_t mode) { return below(path) && fails(READONLY) ? -1 : REAL(mkdir)(path, mode); }

int unlink(const char *path) { return below(path) && fails(READONLY) ? -1 : REAL(unlink)(path); }

int fsync(int fd) { return ours(fd) && fails(FSYNC) ? -1 : REAL(fsync)(fd); }

int rename(const char *from, const char *to)
{
    return !strncmp(to, root, strlen(root)) && (fails(RENAME) || fails(READONLY)) ? -1 : REAL(rename)(from, to);
}

int execve(const char *path, char *const words[], char *const environment[])
{
    return fails(START) ? -1 : REAL(execve)(path, words, environment);
}

int execv(const char *path, char *const words[])
{
    return fails(START) ? -1 : REAL(execv)(path, words);
}

static int internet(int fd)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    return shared && shared->kind == RECEIVE && !getpeername(fd, (struct sockaddr *)&name, &size)
        && (name.ss_family == AF_INET || name.ss_family == AF_INET6);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    return internet(fd) && fails(RECEIVE) ? -1 : REAL(recv)(fd, data, size, flags);
}
