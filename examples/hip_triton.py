"""Load a code object that Triton compiled for an AMD GPU, and run it without PyTorch."""

import numpy as np

import nexus

BLOCK = 1024


def compile_add(architecture: str, wavefront: int):
    """Return the code object of a Triton kernel, and Triton's description of it."""
    import triton
    import triton.language as tl
    from triton.backends.compiler import GPUTarget

    def add(x, y, out, count, block: tl.constexpr):
        index = tl.program_id(0) * block + tl.arange(0, block)
        inside = index < count
        total = tl.load(x + index, inside) + tl.load(y + index, inside)
        tl.store(out + index, total, inside)

    source = triton.compiler.ASTSource(
        fn=triton.jit(add),
        signature={
            "x": "*fp32",
            "y": "*fp32",
            "out": "*fp32",
            "count": "i32",
            "block": "constexpr",
        },
        constexprs={"block": BLOCK},
    )
    compiled = triton.compile(source, target=GPUTarget("hip", architecture, wavefront))
    return compiled.asm["hsaco"], compiled.metadata


def main() -> None:
    try:
        import triton  # noqa: F401
    except ImportError:
        print("Triton is not installed; leaving this example out: pip install triton")
        return
    devices = nexus.get_runtime("hip").get_devices()
    if not devices:
        reason = nexus.get_runtime("hip").properties().get("Message")
        print(f"there is no AMD GPU ({reason}); leaving this example out")
        return
    device = devices[0]
    architecture = device.get_property_str("Architecture")
    image, metadata = compile_add(architecture, device.get_property_int("SIMDSize"))
    kernel = device.load_library(image).get_kernel(metadata.name)
    group = metadata.num_warps * metadata.warp_size

    rng = np.random.default_rng(0)
    a, b = rng.random(10_000, np.float32), rng.random(10_000, np.float32)
    x, y = device.create_buffer(a), device.create_buffer(b)
    out = device.create_buffer((a.size,), dtype="float32")

    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    for index, buffer in enumerate((x, y, out)):
        command.set_buffer(index, buffer)
    command.set_scalar(3, a.size, "int32")
    # Newer versions of Triton add pointers to memory of their own, which this kernel does not use:
    # an empty buffer is NULL.
    nothing = device.create_buffer(0)
    for index in range(4, kernel.get_property_int("Count")):
        command.set_buffer(index, nothing)
    command.finalize(group, -(-a.size // BLOCK) * group, metadata.shared)
    schedule.run()
    assert (out.numpy() == a + b).all()
    print(f"{metadata.name}, compiled by Triton, added {a.size} numbers on {device.name}")


if __name__ == "__main__":
    main()
