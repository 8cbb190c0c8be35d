/* Initialization of an image, as by dyld and Apple's Objective-C runtime, and its thread-local
 * variables. relink.py defines the symbols. */
#include "darwin.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef const void *selector;
typedef void (*initializer)(void);

/* Ends of arrays or sections of the image. */
#define PART(TYPE, NAME)                                            \
  extern TYPE image_##NAME[] __attribute__((visibility("hidden"))), \
      image_##NAME##_end[] __attribute__((visibility("hidden")))
PART(char, frames);
PART(selector, selectors);
PART(initializer, initializers);
PART(char, thread_data);
PART(char, thread_zero);
#undef PART

void __register_frame(void *frames);
const void *sel_registerName(const char *name);

/* The descriptor by which code gets the address of a thread-local variable. */
struct variable {
  void *(*get)(struct variable *);
  uint64_t key;
  uint64_t offset;
};

static pthread_key_t variables;

__attribute__((constructor)) static void load(void) {
  /* Functions with frames described by the image; .eh_frame describes the others. */
  if (&image_frames[0] < &image_frames_end[0]) __register_frame(image_frames);
  if (pthread_key_create(&variables, free) != 0) abort();
  for (selector *at = image_selectors; at < image_selectors_end; ++at) *at = sel_registerName(*at);
  for (initializer *at = image_initializers; at < image_initializers_end; ++at) (*at)();
}

/* Returns the thread's copy, which is made at its first use. */
DARWIN void *darwin_thread_variable(const struct variable *variable) {
  char *block = pthread_getspecific(variables);
  if (!block) {
    const size_t data = (size_t)(image_thread_data_end - image_thread_data);
    const size_t zero = (size_t)(image_thread_zero_end - image_thread_zero);
    /* Zero-initialized variables may begin after a gap for alignment. */
    const size_t gap = data && zero ? (size_t)(image_thread_zero - image_thread_data_end) : 0;
    if (!(block = __libc_calloc(1, data + gap + zero))) abort();
    memcpy(block, image_thread_data, data);
    if (pthread_setspecific(variables, block) != 0) abort();
  }
  return block + variable->offset;
}

/* Preserves all registers except that of the result, as callers expect. Thunks are called with an
 * aligned stack. */
__asm__(
    ".text\n"
    ".globl darwin__tlv_bootstrap\n"
    ".hidden darwin__tlv_bootstrap\n"
    ".type darwin__tlv_bootstrap, @function\n"
    "darwin__tlv_bootstrap:\n"
    "  push %rbp\n"
    "  mov %rsp, %rbp\n"
    "  push %rcx\n  push %rdx\n  push %rsi\n  push %rdi\n"
    "  push %r8\n  push %r9\n  push %r10\n  push %r11\n"
    "  and $-16, %rsp\n"
    "  sub $512, %rsp\n"
    "  fxsave (%rsp)\n"
    "  call darwin_thread_variable\n"
    "  fxrstor (%rsp)\n"
    "  lea -64(%rbp), %rsp\n"
    "  pop %r11\n  pop %r10\n  pop %r9\n  pop %r8\n"
    "  pop %rdi\n  pop %rsi\n  pop %rdx\n  pop %rcx\n"
    "  pop %rbp\n"
    "  ret\n");

extern void *__dso_handle;
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *handle);
int __cxa_atexit(void (*destroy)(void *), void *object, void *handle);

DARWIN void darwin__tlv_atexit(void (*destroy)(void *), void *object) {
  if (__cxa_thread_atexit_impl(destroy, object, &__dso_handle) != 0) abort();
}

/* The handle of the image has no meaning here. */
DARWIN int darwin___cxa_atexit(void (*destroy)(void *), void *object, void *handle) {
  (void)handle;
  return __cxa_atexit(destroy, object, &__dso_handle);
}

DARWIN void darwin_missing(const char *name) {
  fprintf(stderr, "Metal stand-in: the dylib calls %s, which is not there\n", name);
  abort();
}
