// Blurs a picture, a PGM file: image_blur IN OUT. Without files, it blurs one that it makes.
#include <nexus/nexus.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

int main(int count, char **arguments) {
  const char *const source = R"(
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(blur, NXS_IN(nxs_uchar, from), NXS_OUT(nxs_uchar, to), NXS_SCALAR(nxs_int, width),
               NXS_SCALAR(nxs_int, height), NXS_SCALAR(nxs_int, radius)) {
      NXS_ITEMS {
        const nxs_int x = NXS_GLOBAL_ID(0), y = NXS_GLOBAL_ID(1);
        if (x >= width || y >= height) continue;
        nxs_int sum = 0, pixels = 0;
        for (nxs_int v = y - radius; v <= y + radius; ++v) {
          for (nxs_int u = x - radius; u <= x + radius; ++u) {
            if (u < 0 || v < 0 || u >= width || v >= height) continue;
            sum += from[v * width + u];
            ++pixels;
          }
        }
        to[y * width + x] = (nxs_uchar)((sum + pixels / 2) / pixels);
      }
    })";
  int width = 64, height = 48;
  std::vector<unsigned char> picture(static_cast<std::size_t>(width * height), 0);
  picture[24 * 64 + 32] = 250;
  if (count == 3) {
    std::ifstream file(arguments[1], std::ios::binary);
    std::string magic;
    int most = 0;
    if (!(file >> magic >> width >> height >> most) || magic != "P5" || most != 255 || width < 1 ||
        height < 1 || width > 1 << 14 || height > 1 << 14)
      return std::fprintf(stderr, "%s is not a PGM file of 8 bits\n", arguments[1]), 1;
    picture.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    file.get();
    file.read(reinterpret_cast<char *>(picture.data()), static_cast<long>(picture.size()));
    if (!file) return std::fprintf(stderr, "%s ends too early\n", arguments[1]), 1;
  }
  try {
    const nexus::Device device = nexus::getRuntimes()[0].getDevice(0);
    const nexus::Buffer from = device.createBuffer(picture);
    const nexus::Buffer to = device.createBuffer<unsigned char>(picture.size());
    // Sizes are rounded up to whole groups; the kernel leaves out what is outside.
    device.compile(source).getKernel("blur")(
        {{16, 16}, nexus::groups({(width + 15) / 16, (height + 15) / 16})}, from, to, width, height,
        2);
    to.copyTo(picture);
  } catch (const nexus::Error &error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
  if (count == 3) {
    std::ofstream file(arguments[2], std::ios::binary);
    file << "P5\n" << width << ' ' << height << "\n255\n";
    file.write(reinterpret_cast<char *>(picture.data()), static_cast<long>(picture.size()));
    return file ? 0 : 1;
  }
  const bool right = picture[24 * 64 + 32] == 10 && picture[22 * 64 + 30] == 10 && picture[0] == 0;
  std::printf("a point of 250 became %d: %s\n", picture[24 * 64 + 32], right ? "right" : "wrong");
  return right ? 0 : 1;
}
