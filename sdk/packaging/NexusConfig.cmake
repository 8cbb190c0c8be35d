# find_package(Nexus): defines the targets
#   Nexus::nexus    the C++ API, #include <nexus/nexus.hpp>
#   Nexus::headers  the C ABI and the SDK for plugins, <nexus-api.h>, <nexus-sdk/...>
# `nexus config --cmake-dir` prints the folder of this file, for CMAKE_PREFIX_PATH or Nexus_DIR.
get_filename_component(Nexus_HOME "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

include(CMakeFindDependencyMacro)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)

if(NOT TARGET Nexus::headers)
  add_library(Nexus::headers INTERFACE IMPORTED)
  set_target_properties(Nexus::headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${Nexus_HOME}/include")
endif()

if(NOT TARGET Nexus::nexus)
  add_library(Nexus::nexus INTERFACE IMPORTED)
  # NEXUS_HOME is where programs look for plugins and the device database.
  set_target_properties(Nexus::nexus PROPERTIES
    INTERFACE_COMPILE_FEATURES cxx_std_17
    INTERFACE_COMPILE_DEFINITIONS "NEXUS_HOME=\"${Nexus_HOME}\""
    INTERFACE_LINK_LIBRARIES "Nexus::headers;Threads::Threads;${CMAKE_DL_LIBS}")
endif()
