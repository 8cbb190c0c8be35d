// The calls that binding.py times, through pybind11.
#include <pybind11/pybind11.h>

#include "classes.hpp"

namespace py = pybind11;

PYBIND11_MODULE(through_pybind11, module) {
  py::class_<Device>(module, "Device")
      .def(py::init<std::string, int>())
      .def("get_property_int", &Device::get_property_int)
      .def("create_buffer", &Device::create_buffer, py::keep_alive<0, 1>());
  py::class_<Buffer>(module, "Buffer").def("close", &Buffer::close);
  // A run can take long, so it releases the interpreter's lock, as Nexus does.
  py::class_<Schedule>(module, "Schedule")
      .def(py::init<const Device &, int>(), py::keep_alive<1, 2>())
      .def("run", &Schedule::run, py::call_guard<py::gil_scoped_release>());
}
