// The calls that binding.py times, through nanobind.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "classes.hpp"

namespace nb = nanobind;

NB_MODULE(through_nanobind, module) {
  nb::class_<Device>(module, "Device")
      .def(nb::init<std::string, int>())
      .def("get_property_int", &Device::get_property_int)
      .def("create_buffer", &Device::create_buffer, nb::keep_alive<0, 1>());
  nb::class_<Buffer>(module, "Buffer").def("close", &Buffer::close);
  // A run can take long, so it releases the interpreter's lock, as Nexus does.
  nb::class_<Schedule>(module, "Schedule")
      .def(nb::init<const Device &, int>(), nb::keep_alive<1, 2>())
      .def("run", &Schedule::run, nb::call_guard<nb::gil_scoped_release>());
}
