// Clang's fat binaries: images for several devices in one file.
// https://clang.llvm.org/docs/ClangOffloadBundler.html#bundled-binary-file-layout
#pragma once

#include <nexus-sdk/objects/byte_ranges.hpp>

#include <string>

namespace nexus::hip {

bool is_bundle(sdk::Bytes bytes);

// The code object that fits a device best. Fails with NXS_InvalidBinary, naming what the bundle
// holds, if none fits.
sdk::Bytes code_object_for(sdk::Bytes bundle, const std::string &target);

}  // namespace nexus::hip
