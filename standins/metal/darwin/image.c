/* What dyld and Apple's Objective-C runtime do with an image when they load it, and its
 * thread-local variables. The symbols come from relink.py. */
#include "darwin.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef const void *selector;
typedef void (*initializer)(void);

/* Each an end of an array or of a section of the image. */
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

/* A variable as code refers to it, and how that gets the variable's address. */
struct variable {
  void *(*get)(struct variable *);
  uint64_t key;
  uint64_t offset;
};

static pthread_key_t variables;

__attribute__((constructor)) static void load(void) {
  /* The functions whose frames the image describes itself; those of others are in .eh_frame. */
  if (&image_frames[0] < &image_frames_end[0]) __register_frame(image_frames);
  if (pthread_key_create(&variables, free) != 0) abort();
  for (selector *at = image_selectors; at < image_selectors_end; ++at) *at = sel_registerName(*at);
  for (initializer *at = image_initializers; at < image_initializers_end; ++at) (*at)();
}

/* The thread's copy, which is there from its first use on. */
DARWIN void *darwin_thread_variable(const struct variable *variable) {
  char *block = pthread_getspecific(variables);
  if (!block) {
    const size_t data = (size_t)(image_thread_data_end - image_thread_data);
    const size_t zero = (size_t)(image_thread_zero_end - image_thread_zero);
    /* Zeros may begin behind a gap, for their alignment. */
    const size_t gap = data && zero ? (size_t)(image_thread_zero - image_thread_data_end) : 0;
    if (!(block = calloc(1, data + gap + zero))) abort();
    memcpy(block, image_thread_data, data);
    if (pthread_setspecific(variables, block) != 0) abort();
  }
  return block + variable->offset;
}

/* Callers expect all registers but the result's to be as they were. Thunks of variables are called
 * with a stack that is aligned for a call. */
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

/* The image's own handle means nothing here. */
DARWIN int darwin___cxa_atexit(void (*destroy)(void *), void *object, void *handle) {
  (void)handle;
  return __cxa_atexit(destroy, object, &__dso_handle);
}

DARWIN void darwin_missing(const char *name) {
  fprintf(stderr, "Metal stand-in: the dylib calls %s, which is not there\n", name);
  abort();
}
