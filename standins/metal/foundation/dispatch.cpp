#include "dispatch.hpp"

using namespace standin;

STANDIN_DEFINE_CLASS(OS_dispatch_data, &NSObject, destroy<DispatchData>, {})
STANDIN_DEFINE_CLASS(OS_dispatch_queue, &NSObject, destroy<DispatchQueue>, {})

// Always copies the contents, so that the destructor block can run at once.
STANDIN_EXPORT Object *dispatch_data_create(const void *contents, std::size_t size, Object *,
                                            Block *destructor) {
  auto *data = new DispatchData(std::string(static_cast<const char *>(contents), size));
  if (destructor) StrongBlock{destructor}();
  return data;
}

STANDIN_EXPORT Object *dispatch_queue_create(const char *, Object *) { return new DispatchQueue; }
