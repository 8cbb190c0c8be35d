"""Parts of the CPU plugin in programs of their own, under conditions that plugins seldom meet."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest
from support.faults import fault_environment
from support.paths import ROOT

import nexus

PLUGIN = ROOT / "plugins/cpu"
COMPILER = sorted((PLUGIN / "compiler").glob("*.cpp"))
PROGRAMS = PLUGIN / "images/child_process.cpp"


@pytest.fixture
def run_program(tmp_path):
    """Return a function that compiles and runs C++ with source files of the plugin."""

    def run(text, *sources, **environment):
        source, program = tmp_path / "check.cpp", tmp_path / "check"
        source.write_text(text)
        compiler = shlex.split(os.environ.get("CXX", "c++"))
        # The second one also has headers that the build writes.
        folders = [f"-I{PLUGIN}", f"-I{nexus.get_include()}"]
        files = [str(source), *map(str, sources)]
        command = [*compiler, "-std=c++20", *folders, *files, "-o", str(program), "-ldl"]
        subprocess.run(command, check=True)
        variables = {**os.environ, **environment, **fault_environment()}
        found = subprocess.run([program], check=True, env=variables, timeout=60, stdout=-1)
        return found.stdout.decode().split()

    return run


CHECKS = """
#include "images/child_process.hpp"
#include <cassert>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>
using namespace nexus::cpu;
using namespace std::chrono_literals;
static Finished shell(const char *text, std::optional<std::chrono::milliseconds> limit = {}) {
  return run_program({"sh", "-c", text}, {"GIVEN=value"}, limit);
}
int main() {
  assert(run_program({"/nowhere/program"}).end == End::kNotFound);
  Finished both = shell("cat; echo $GIVEN; echo $KEPT >&2; exit 3");
  assert(both.end == End::kExited && both.code == 3);
  assert(both.output == "value\\n" && both.errors == "kept\\n");
  // More than a pipe holds.
  Finished much = shell("for i in $(seq 40000); do echo 123456789; done; echo end >&2");
  assert(much.output.size() == 400000 && much.errors == "end\\n");
  Finished killed = shell("kill -SEGV $$");
  assert(killed.end == End::kSignal && killed.code == SIGSEGV);
  assert(shell("exec sleep 1000", 50ms).end == End::kTimeLimit);
  assert(shell("exec sleep 1000 >&- 2>&-", 50ms).end == End::kTimeLimit);
  // Another process holds the pipes for longer.
  Finished parent = shell("sleep 1000 & echo $!");
  assert(parent.end == End::kExited && kill(std::stoi(parent.output), SIGKILL) == 0);
  // The program gets a file that is open here.
  int ends[2];
  assert(pipe(ends) == 0 && write(ends[1], "given\\n", 6) == 6);
  const int given = fcntl(ends[0], F_DUPFD, 20);
  assert(run_program({"sh", "-c", "head -n 1 <&3"}, {}, {}, given).output == "given\\n");

  const auto guarded = [](const char *text) {
    return run_guarded({"sh", "-c", text}, {"GIVEN=value"}, "/nowhere/folder");
  };
  both = guarded("cat; echo $GIVEN; echo $KEPT >&2; exit 3");
  assert(both.end == End::kExited && both.code == 3);
  assert(both.output == "value\\n" && both.errors == "kept\\n");
  for (auto handler : {SIG_DFL, SIG_IGN}) {
    signal(SIGCHLD, handler);
    assert(guarded("exit 4").code == 4);
    killed = guarded("kill -KILL $$");
    assert(killed.end == End::kSignal && killed.code == SIGKILL);
    // The program waits for children of its own.
    assert(guarded("(exit 6); exit $?").code == 6);
  }
  signal(SIGCHLD, SIG_DFL);

  close(0), close(1);
  assert(shell("echo text").output == "text\\n");
  assert(guarded("echo text").output == "text\\n");
  signal(SIGCHLD, SIG_IGN);
  Finished unknown = shell("echo text");
  assert(unknown.end == End::kUnknown && unknown.output == "text\\n");
}
"""


def test_programs_run_to_their_end(run_program):
    run_program(CHECKS, PROGRAMS, KEPT="kept")


# Every other call is interrupted by a signal, and the others do a part of what was asked.
INTERRUPTED = """
#include "images/child_process.hpp"
#include "file.hpp"
#include "text.hpp"
#include <cassert>
#include <cerrno>
#include <csignal>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
static bool interrupted() {
  static thread_local int calls = 0;
  errno = EINTR;
  return ++calls % 2;
}
template <class Function> static Function real(Function, const char *name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}
extern "C" ssize_t read(int file, void *data, size_t size) {
  return interrupted() ? -1 : real(&read, "read")(file, data, size < 7 ? size : 7);
}
extern "C" ssize_t write(int file, const void *data, size_t size) {
  return interrupted() ? -1 : real(&write, "write")(file, data, size < 7 ? size : 7);
}
extern "C" pid_t waitpid(pid_t child, int *status, int options) {
  return interrupted() ? -1 : real(&waitpid, "waitpid")(child, status, options);
}
using namespace nexus::cpu;
int main(int, char **arguments) {
  const std::string path = std::string(arguments[0]) + ".text";
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i);
  write_file(path, bytes_of(text));
  assert(text_of(read_file(path)) == text);
  for (int i = 0; i < 4; ++i) {
    for (Finished found : {run_program({"sh", "-c", "echo some text; exit 5"}),
                           run_guarded({"sh", "-c", "echo some text; exit 5"}, {}, "/nowhere")})
      assert(found.end == End::kExited && found.code == 5 && found.output == "some text\\n");
    Finished late = run_program({"sh", "-c", "exec sleep 1000"}, {}, std::chrono::milliseconds(1));
    assert(late.end == End::kTimeLimit && late.code == SIGKILL);
  }
}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="puts functions before those of the system")
def test_signals_that_interrupt_calls_change_nothing(run_program):
    run_program(INTERRUPTED, PROGRAMS, PLUGIN / "file.cpp")


DIGESTS = """
#include "compiler/digest.hpp"
#include <iostream>
int main() {
  using nexus::cpu::digest;
  for (const std::string &text : {digest({"ab", "c"}), digest({"a", "bc"}), digest({"abc"}),
                                  digest({"abc", ""}), digest({"", "abc"}), digest({})})
    std::cout << text << '\\n';
}
"""


def test_a_hash_tells_where_its_parts_end(run_program):
    found = run_program(DIGESTS, PLUGIN / "compiler/digest.cpp")
    assert len(found) == len(set(found)) == 6
    assert {len(text) for text in found} == {32}


# A processor whose features the environment names.
FEATURES = """
#include "compiler/compiler.hpp"
#include "host/host_info.hpp"
#include "text.hpp"
#include <cstdlib>
#include <iostream>
extern "C" __attribute__((visibility("default"))) unsigned nxsGetApiVersion(void) { return 0; }
namespace nexus::cpu {
const HostInfo &host_info() {
  static HostInfo info;
  info.features = std::getenv("FEATURES");
  return info;
}
}
int main() {
  for (const char *features : {"sse avx", "sse", "sse avx"}) {
    setenv("FEATURES", features, 1);
    nexus::cpu::compile_text(nexus::cpu::bytes_of("int f(void) { return 1; }"));
  }
}
"""


def test_the_processors_features_are_part_of_the_key(run_program, cache, compilations):
    run_program(FEATURES, *COMPILER, PROGRAMS, PLUGIN / "file.cpp")
    # Beside the headers that the plugin carries.
    entries = [path for path in cache.iterdir() if not path.name.startswith("include-")]
    assert len(entries) == 2
    assert compilations() == 2


DEPENDENCIES = r"""
#include "compiler/inputs.hpp"
#include <iostream>
int main() {
  for (const std::string &path : nexus::cpu::dependencies_in(
           "/t/x.so: /t/a.c /t/with\\ space.h \\\n  /t/dollar$$.h /t/hash\\#.h\n\n/t/other.h:\n"))
    std::cout << path.size() << path.back() << '\n';
}
"""


def test_dependency_files_are_read(run_program):
    sources = [PLUGIN / "file.cpp", *(PLUGIN / "compiler" / f"{name}.cpp"
               for name in ("inputs", "digest", "shell_words"))]  # fmt: skip
    found = run_program(DEPENDENCIES, *sources)
    assert found == ["6c", "15h", "12h", "10h"]
