#include <cstring>

#include "encoder.hpp"

using namespace standin;

void BlitEncoder::check_range(const Buffer &buffer, unsigned long offset, unsigned long size) {
  // On macOS.
  if (offset % 4 || size % 4) die("a blit's offset or size is no multiple of 4");
  if (offset > buffer.length || size > buffer.length - offset)
    die("a blit of " + std::to_string(size) + " bytes at " + std::to_string(offset) +
        " of a buffer of " + std::to_string(buffer.length));
}

void BlitEncoder::copy(Buffer *source, unsigned long source_offset, Buffer *target,
                       unsigned long target_offset, unsigned long size) {
  check_open("a copy");
  check_range(*source, source_offset, size);
  check_range(*target, target_offset, size);
  if (!size) die("a copy of 0 bytes");
  commands_->encode([=, from = commands_->use(source), to = commands_->use(target)] {
    std::memmove(to().memory + target_offset, from().memory + source_offset, size);
  });
}

void BlitEncoder::fill(Buffer *buffer, Range range, unsigned char value) {
  check_open("a fill");
  check_range(*buffer, range.location, range.length);
  if (!range.length) die("a fill of 0 bytes");
  commands_->encode([=, buffer = commands_->use(buffer)] {
    std::memset(buffer().memory + range.location, value, range.length);
  });
}

void BlitEncoder::synchronize(Buffer *buffer) {
  check_open("a synchronization");
  constexpr unsigned long kManaged = 1;
  if (buffer->storage_mode() != kManaged) die("synchronizeResource: of one that is not managed");
}

STANDIN_DEFINE_CLASS(
    StandinBlitEncoder, &NSObject, destroy<BlitEncoder>,
    {
        STANDIN_RESOURCE_METHODS(BlitEncoder),
        method<&Encoder::end>("endEncoding"),
        method<&BlitEncoder::copy>("copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:"),
        method<&BlitEncoder::fill>("fillBuffer:range:value:"),
        method<&BlitEncoder::synchronize>("synchronizeResource:"),
    })
