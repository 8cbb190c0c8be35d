/* Mutexes, condition variables and keys: macOS's are of other sizes, and begin with a signature. */
#include "darwin.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Constants of macOS's sys/errno.h and sys/ulock.h. */
enum { DARWIN_ETIMEDOUT = 60 };
enum {
  DARWIN_ULOCK_KIND = 0xFF,
  DARWIN_ULOCK_32 = 1,
  DARWIN_ULOCK_64 = 5,
  DARWIN_ULOCK_ALL = 0x100
};

/* A static initializer writes the signature and zeros; the zeros initialize Linux's type. */
typedef struct {
  long signature;
  pthread_mutex_t mutex;
} mutex;
_Static_assert(sizeof(mutex) <= 64, "macOS's pthread_mutex_t has 64 bytes");

/* Linux's type does not fit, so the first use allocates it and stores a pointer. */
typedef struct {
  long signature;
  _Atomic(pthread_cond_t *) condition;
} condition;
_Static_assert(sizeof(condition) <= 48, "macOS's pthread_cond_t has 48 bytes");

DARWIN int darwin_pthread_mutex_lock(mutex *self) { return pthread_mutex_lock(&self->mutex); }
DARWIN int darwin_pthread_mutex_trylock(mutex *self) { return pthread_mutex_trylock(&self->mutex); }
DARWIN int darwin_pthread_mutex_unlock(mutex *self) { return pthread_mutex_unlock(&self->mutex); }
DARWIN int darwin_pthread_mutex_destroy(mutex *self) { return pthread_mutex_destroy(&self->mutex); }

static pthread_cond_t *of(condition *self) {
  pthread_cond_t *found = atomic_load(&self->condition);
  if (found) return found;
  pthread_cond_t *made = __libc_calloc(1, sizeof *made);
  if (!made || pthread_cond_init(made, NULL) != 0) abort();
  if (atomic_compare_exchange_strong(&self->condition, &found, made)) return made;
  free(made);
  return found;
}

DARWIN int darwin_pthread_cond_wait(condition *self, mutex *held) {
  return pthread_cond_wait(of(self), &held->mutex);
}

DARWIN int darwin_pthread_cond_timedwait(condition *self, mutex *held, const struct timespec *end) {
  const int result = pthread_cond_timedwait(of(self), &held->mutex, end);
  return result == ETIMEDOUT ? DARWIN_ETIMEDOUT : result;
}

DARWIN int darwin_pthread_cond_signal(condition *self) { return pthread_cond_signal(of(self)); }

DARWIN int darwin_pthread_cond_broadcast(condition *self) {
  return pthread_cond_broadcast(of(self));
}

DARWIN int darwin_pthread_cond_destroy(condition *self) {
  pthread_cond_t *made = atomic_exchange(&self->condition, NULL);
  if (made) pthread_cond_destroy(made);
  free(made);
  return 0;
}

/* Keys have the size of a pointer. */
DARWIN int darwin_pthread_key_create(unsigned long *key, void (*destroy)(void *)) {
  pthread_key_t made = 0;
  const int result = pthread_key_create(&made, destroy);
  *key = made;
  return result;
}

/* Returns the number of the calling thread, the only one it is called for. */
DARWIN unsigned darwin_pthread_mach_thread_np(pthread_t thread) {
  if (!pthread_equal(thread, pthread_self())) darwin_missing("a number of another thread");
  return (unsigned)gettid();
}

/* Waits while a word of 32 or 64 bits has a value. Linux waits on 32 bits, here the lower ones, in
 * which every change of a counter is visible. */
DARWIN int darwin___ulock_wait(unsigned operation, void *word, uint64_t value, unsigned timeout) {
  const unsigned kind = operation & DARWIN_ULOCK_KIND;
  if ((kind != DARWIN_ULOCK_32 && kind != DARWIN_ULOCK_64) || timeout)
    darwin_missing("__ulock_wait of another kind");
  if (kind == DARWIN_ULOCK_64 && atomic_load((_Atomic uint64_t *)word) != value) return 0;
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, (uint32_t)value, NULL, NULL, 0);
  return 0;
}

DARWIN int darwin___ulock_wake(unsigned operation, void *word, uint64_t value) {
  (void)value;
  const int most = operation & DARWIN_ULOCK_ALL ? INT_MAX : 1;
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
  return 0;
}
