// A tiled matrix product, from one source, on every device that compiles it.
#include <nexus/nexus.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

int main() {
  const char *const source = R"(
    #include <nexus-api/nxs_kernel.h>
    #define TILE 16
    NXS_KERNEL(matmul, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c),
               NXS_SCALAR(nxs_int, n)) {
      NXS_SHARED(float, rows, TILE * TILE);
      NXS_SHARED(float, columns, TILE * TILE);
      NXS_PRIVATE(float, sum);
      NXS_ITEMS { NXS_MY(sum) = 0.0f; }
      for (nxs_int begin = 0; begin < n; begin += TILE) {
        NXS_ITEMS {
          const nxs_int at = NXS_LOCAL_ID(1) * TILE + NXS_LOCAL_ID(0);
          rows[at] = a[NXS_GLOBAL_ID(1) * n + begin + NXS_LOCAL_ID(0)];
          columns[at] = b[(begin + NXS_LOCAL_ID(1)) * n + NXS_GLOBAL_ID(0)];
        }
        NXS_BARRIER;
        NXS_ITEMS {
          for (nxs_int k = 0; k < TILE; ++k)
            NXS_MY(sum) += rows[NXS_LOCAL_ID(1) * TILE + k] * columns[k * TILE + NXS_LOCAL_ID(0)];
        }
        NXS_BARRIER;
      }
      NXS_ITEMS { c[NXS_GLOBAL_ID(1) * n + NXS_GLOBAL_ID(0)] = NXS_MY(sum); }
    })";
  constexpr int n = 64;
  std::vector<float> a(n * n), b(n * n);
  for (int i = 0; i < n * n; ++i)
    a[i] = static_cast<float>(i % 7), b[i] = static_cast<float>(i % 5);
  int wrong = 0;
  for (const nexus::Runtime &runtime : nexus::getRuntimes()) {
    for (const nexus::Device &device : runtime.getDevices()) {
      try {
        const nexus::Kernel kernel = device.compile(source).getKernel("matmul");
        const nexus::Buffer c = device.createBuffer<float>(n * n);
        kernel({{16, 16}, {n, n}}, device.createBuffer(a), device.createBuffer(b), c, n);
        double difference = 0;
        const std::vector<float> found = c.to<float>();
        for (int i = 0; i < n * n; ++i) {
          double sum = 0;
          for (int k = 0; k < n; ++k) sum += a[i / n * n + k] * b[k * n + i % n];
          difference = std::fmax(difference, std::fabs(sum - found[i]));
        }
        std::printf("%s: %s\n", device.name().c_str(), difference < 1e-3 ? "right" : "wrong");
        wrong += difference >= 1e-3;
      } catch (const nexus::CompilerNotAvailableError &error) {
        std::printf("%s: skipped: %s\n", device.name().c_str(), error.what());
      } catch (const nexus::Error &error) {
        std::printf("%s: %s\n", device.name().c_str(), error.what());
        ++wrong;
      }
    }
  }
  return wrong;
}
