// What writes work into a command buffer.
#pragma once

#include <array>

#include "../buffer.hpp"
#include "../command_buffer.hpp"
#include "../pipeline.hpp"

STANDIN_CLASS(StandinBlitEncoder)
STANDIN_CLASS(StandinComputeEncoder)

namespace standin {

class Encoder : public Resource {
 public:
  Encoder(Class &isa, CommandBuffer *buffer);
  ~Encoder();
  void begin() { open_ = true; }
  void end();

 protected:
  void check_open(const char *what) const;
  const Strong<CommandBuffer> commands_;

 private:
  bool open_ = false;
};

class BlitEncoder : public Encoder {
 public:
  explicit BlitEncoder(CommandBuffer *buffer) : Encoder(StandinBlitEncoder, buffer) {}
  void copy(Buffer *source, unsigned long source_offset, Buffer *target,
            unsigned long target_offset, unsigned long size);
  void fill(Buffer *buffer, Range range, unsigned char value);
  void synchronize(Buffer *buffer);

 private:
  static void check_range(const Buffer &buffer, unsigned long offset, unsigned long size);
};

class ComputeEncoder : public Encoder {
 public:
  // What Apple's tables say of the slots that a kernel has.
  static constexpr unsigned long kBuffers = 31, kMemories = 31, kMaxBytes = 4096;

  explicit ComputeEncoder(CommandBuffer *buffer) : Encoder(StandinComputeEncoder, buffer) {}
  void set_pipeline(Pipeline *pipeline);
  void set_buffer(Buffer *buffer, unsigned long offset, unsigned long index);
  void set_bytes(const void *bytes, unsigned long length, unsigned long index);
  void set_memory(unsigned long length, unsigned long index);
  void dispatch_groups(Size groups, Size group);
  void dispatch_threads(Size threads, Size group);
  void barrier(unsigned long scope);

 private:
  struct Slot {
    std::function<Buffer &()> buffer;
    unsigned long offset = 0;
    std::string bytes;
    // How much there is from the offset on; 0 where nothing was set.
    unsigned long length = 0;
  };

  void dispatch(Size threads, Size group);
  void check(Size group) const;

  Strong<Pipeline> pipeline_;
  std::array<Slot, kBuffers> buffers_;
  std::array<unsigned long, kMemories> memories_{};
};

}  // namespace standin
