// Signal handlers and small Linux facts. Handlers call only functions that are safe in a handler.

#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

// MARK: Descriptors

int wm_wake_open(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void wm_wake(int descriptor) {
    uint64_t one = 1;
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void wm_wake_drain(int descriptor) {
    uint64_t count;
    ssize_t ignored = read(descriptor, &count, sizeof count);
    (void)ignored;
}

bool wm_pipe(int *ends) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0; }

int wm_width(wchar_t character) { return wcwidth(character); }

int wm_memory_file(void) { return memfd_create("waymark-screen", MFD_CLOEXEC); }

// MARK: Putting the terminal back

static struct termios original_modes;
static char restore_bytes[1024];
static size_t restore_count;
static int restore_descriptor = -1;
static atomic_int armed;

void wm_terminal_arm(int descriptor, const void *bytes, size_t count, const struct termios *modes) {
    atomic_store(&armed, 0);
    restore_count = count < sizeof restore_bytes ? count : sizeof restore_bytes;
    memcpy(restore_bytes, bytes, restore_count);
    original_modes = *modes;
    restore_descriptor = descriptor;
    atomic_store(&armed, 1);
}

static void write_with_patience(int descriptor, const char *bytes, size_t count) {
    for (int tries = 0; count > 0 && tries < 4;) {
        ssize_t written = write(descriptor, bytes, count);
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
            continue;
        }
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno != EAGAIN) return;
        struct pollfd ready = {descriptor, POLLOUT, 0};
        poll(&ready, 1, 50);
        tries++;
    }
}

void wm_terminal_restore(void) {
    int expected = 1;
    if (!atomic_compare_exchange_strong(&armed, &expected, 0)) return;
    int saved = errno;
    // From the background, setting modes would stop the process; it must finish instead.
    sigset_t block, before;
    sigemptyset(&block);
    sigaddset(&block, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &block, &before);
    write_with_patience(restore_descriptor, restore_bytes, restore_count);
    // Mouse reports and pasted text still under way are not for the shell.
    tcflush(restore_descriptor, TCIFLUSH);
    tcsetattr(restore_descriptor, TCSANOW, &original_modes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
}

// MARK: Signals

static const int told[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
enum { TOLD = sizeof told / sizeof *told, CRASHES = sizeof crashes / sizeof *crashes };

static struct sigaction told_before[TOLD];
static struct sigaction crashes_before[CRASHES];
static int told_descriptor = -1;
static int installed;

static void tell(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(told_descriptor, &byte, 1);
    (void)ignored;
    errno = saved;
}

static void crash(int number, siginfo_t *info, void *context) {
    (void)context;
    wm_terminal_restore();
    for (int index = 0; index < CRASHES; index++) {
        if (crashes[index] == number) sigaction(number, &crashes_before[index], NULL);
    }
    // A fault of the processor happens again on return, at the same place; others must be sent again.
    bool repeats = info && info->si_code > 0 && number != SIGTRAP && number != SIGABRT;
    if (!repeats) raise(number);
}

void wm_signals_install(int descriptor) {
    if (installed) return;
    told_descriptor = descriptor;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigfillset(&action.sa_mask);
    action.sa_handler = tell;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    for (int index = 0; index < TOLD; index++) sigaction(told[index], &action, &told_before[index]);
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_sigaction = crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (int index = 0; index < CRASHES; index++) sigaction(crashes[index], &action, &crashes_before[index]);
    installed = 1;
}

void wm_signals_remove(void) {
    if (!installed) return;
    for (int index = 0; index < TOLD; index++) sigaction(told[index], &told_before[index], NULL);
    for (int index = 0; index < CRASHES; index++) sigaction(crashes[index], &crashes_before[index], NULL);
    told_descriptor = -1;
    installed = 0;
}

void wm_signals_suspend(bool whole_group) {
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    sigemptyset(&standard.sa_mask);
    standard.sa_handler = SIG_DFL;
    sigaction(SIGTSTP, &standard, NULL);
    kill(whole_group ? 0 : getpid(), SIGTSTP);
}

void wm_signals_resumed(void) {
    if (!installed) return;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigfillset(&action.sa_mask);
    action.sa_handler = tell;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigaction(SIGTSTP, &action, NULL);
}

void wm_signals_use_second_stack(void) {
    static _Thread_local char *memory;
    size_t size = 65536;
    if (memory || !(memory = malloc(size))) return;
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = memory;
    stack.ss_size = size;
    sigaltstack(&stack, NULL);
}
