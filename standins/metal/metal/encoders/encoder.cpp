#include "encoder.hpp"

#include "../device.hpp"

using namespace standin;

Encoder::Encoder(Class &isa, CommandBuffer *buffer)
    : Resource(isa, *static_cast<Device *>(buffer->get_device())), commands_(buffer) {}

Encoder::~Encoder() {
  if (open_) die("an encoder is released without endEncoding");
}

void Encoder::end() {
  check_open("endEncoding");
  open_ = false;
  commands_->end_encoding();
}

void Encoder::check_open(const char *what) const {
  if (!open_) die(std::string(what) + " on an encoder that has ended");
}
