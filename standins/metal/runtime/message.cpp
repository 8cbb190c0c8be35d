// Message dispatch: finds the code of a method from receiver and selector.
#include <cstring>

#include "../foundation/string.hpp"
#include "block.hpp"
#include "class.hpp"

using namespace standin;

namespace {

const Method &find_method(void *receiver, SEL selector) {
  if (Class *isa = tiny_string_class(receiver)) {
    if (const Method *method = isa->instance_method(selector->name)) return *method;
    die("unrecognized selector '" + std::string(selector->name) + "' sent to a short string");
  }
  if (is_block(receiver)) die("message '" + std::string(selector->name) + "' sent to a block");
  if (const Class *isa = Class::of(receiver)) {
    if (isa == &Released)
      die("message '" + std::string(selector->name) + "' sent to an object that was released");
    if (const Method *method = isa->instance_method(selector->name)) return *method;
    die("unrecognized selector '" + std::string(selector->name) + "' sent to a " + isa->name());
  }
  const auto *receiving = static_cast<const Class *>(receiver);
  if (const Method *method = receiving->class_method(selector->name)) return *method;
  die("unrecognized selector '" + std::string(selector->name) + "' sent to class " +
      receiving->name());
}

}  // namespace

STANDIN_EXPORT void *metal_standin_find_method(void *receiver, SEL selector) {
  const Method &method = find_method(receiver, selector);
  if (selector->types && method.types != selector->types)
    die("selector '" + std::string(selector->name) + "' called as " + selector->types +
        ", and its types are " + method.types);
  return method.code;
}

#ifndef __x86_64__
#error "messages are sent by code for x86-64"
#endif
// Jumps to the code with argument registers and stack unchanged. Messages to nil return zero.
__asm__(R"(
.text
.globl objc_msgSend
.type objc_msgSend,@function
objc_msgSend:
  .cfi_startproc
  test %rdi, %rdi
  jz 1f
  push %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  mov %rsp, %rbp
  .cfi_def_cfa_register rbp
  sub $192, %rsp
  mov %rdi, 0(%rsp)
  mov %rsi, 8(%rsp)
  mov %rdx, 16(%rsp)
  mov %rcx, 24(%rsp)
  mov %r8, 32(%rsp)
  mov %r9, 40(%rsp)
  mov %rax, 48(%rsp)
  movups %xmm0, 64(%rsp)
  movups %xmm1, 80(%rsp)
  movups %xmm2, 96(%rsp)
  movups %xmm3, 112(%rsp)
  movups %xmm4, 128(%rsp)
  movups %xmm5, 144(%rsp)
  movups %xmm6, 160(%rsp)
  movups %xmm7, 176(%rsp)
  call metal_standin_find_method@PLT
  mov %rax, %r11
  mov 0(%rsp), %rdi
  mov 8(%rsp), %rsi
  mov 16(%rsp), %rdx
  mov 24(%rsp), %rcx
  mov 32(%rsp), %r8
  mov 40(%rsp), %r9
  mov 48(%rsp), %rax
  movups 64(%rsp), %xmm0
  movups 80(%rsp), %xmm1
  movups 96(%rsp), %xmm2
  movups 112(%rsp), %xmm3
  movups 128(%rsp), %xmm4
  movups 144(%rsp), %xmm5
  movups 160(%rsp), %xmm6
  movups 176(%rsp), %xmm7
  leave
  .cfi_def_cfa rsp, 8
  jmp *%r11
1:
  xor %eax, %eax
  xor %edx, %edx
  pxor %xmm0, %xmm0
  ret
  .cfi_endproc
.size objc_msgSend, .-objc_msgSend

.globl objc_msgSend_stret
.type objc_msgSend_stret,@function
objc_msgSend_stret:
  .cfi_startproc
  test %rsi, %rsi
  jz 1f
  push %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  mov %rsp, %rbp
  .cfi_def_cfa_register rbp
  sub $48, %rsp
  mov %rdi, 0(%rsp)
  mov %rsi, 8(%rsp)
  mov %rdx, 16(%rsp)
  mov %rcx, 24(%rsp)
  mov %r8, 32(%rsp)
  mov %r9, 40(%rsp)
  mov %rsi, %rdi
  mov %rdx, %rsi
  call metal_standin_find_method@PLT
  mov %rax, %r11
  mov 0(%rsp), %rdi
  mov 8(%rsp), %rsi
  mov 16(%rsp), %rdx
  mov 24(%rsp), %rcx
  mov 32(%rsp), %r8
  mov 40(%rsp), %r9
  leave
  .cfi_def_cfa rsp, 8
  jmp *%r11
1:
  # The structure: all that are returned so have the size of MTLSize.
  pxor %xmm0, %xmm0
  movups %xmm0, 0(%rdi)
  movq $0, 16(%rdi)
  mov %rdi, %rax
  ret
  .cfi_endproc
.size objc_msgSend_stret, .-objc_msgSend_stret
)");
