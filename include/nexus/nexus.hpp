/**
 * @file nexus.hpp
 * The C++ API: every object of every accelerator, over the plugins of the C ABI. Header-only, for
 * C++17 and later.
 *
 *     #include <nexus/nexus.hpp>
 *
 *     nexus::Device device = nexus::getRuntimes()[0].getDevice(0);
 *     nexus::Kernel kernel = device.loadLibrary("kernels.so").getKernel("add_vectors");
 *     nexus::Buffer a = device.createBuffer(std::vector<float>(1024, 1.0f));
 *     nexus::Buffer b = device.createBuffer<float>(1024);
 *     kernel({256, 1024}, a, b);
 *     std::vector<float> result = b.to<float>();
 *
 * Objects are references that may be copied, moved, and used from several threads. Every failure is
 * an exception of type nexus::Error.
 */
#ifndef NEXUS_NEXUS_HPP
#define NEXUS_NEXUS_HPP

#include <nexus/buffer.hpp>
#include <nexus/command.hpp>
#include <nexus/device.hpp>
#include <nexus/error.hpp>
#include <nexus/event.hpp>
#include <nexus/kernel.hpp>
#include <nexus/launch.hpp>
#include <nexus/library.hpp>
#include <nexus/log.hpp>
#include <nexus/object.hpp>
#include <nexus/property.hpp>
#include <nexus/runtime.hpp>
#include <nexus/runtimes.hpp>
#include <nexus/schedule.hpp>
#include <nexus/stream.hpp>

#endif  // NEXUS_NEXUS_HPP
