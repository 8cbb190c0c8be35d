// An @autoreleasepool for code in C++.
#pragma once

extern "C" void *objc_autoreleasePoolPush();
extern "C" void objc_autoreleasePoolPop(void *token);

namespace standin {

class AutoreleasePool {
 public:
  AutoreleasePool() = default;
  AutoreleasePool(const AutoreleasePool &) = delete;
  AutoreleasePool &operator=(const AutoreleasePool &) = delete;
  ~AutoreleasePool() { objc_autoreleasePoolPop(token_); }

 private:
  void *const token_ = objc_autoreleasePoolPush();
};

}  // namespace standin
