#include "encoder.hpp"

#include "device.hpp"

using namespace standin;

Encoder::Encoder(Class &isa, CommandBuffer *buffer)
    : Resource(isa, *static_cast<Device *>(buffer->get_device())), commands_(buffer) {}

Encoder::~Encoder() {
  if (!ended_) die("an encoder is released without endEncoding");
}

void Encoder::end() {
  check_open("endEncoding");
  ended_ = true;
  commands_->end_encoding();
}

void Encoder::check_open(const char *what) const {
  if (ended_) die(std::string(what) + " on an encoder that has ended");
}
