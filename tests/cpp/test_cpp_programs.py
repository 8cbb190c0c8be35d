"""Programs that are checked as they run: by ThreadSanitizer, and by counting allocations."""

import pytest
from support.cpp_programs import cases_in, results_of


@pytest.fixture(scope="session")
def suppressions(tmp_path_factory):
    """Return a file that leaves out the plugin, which is not instrumented."""
    path = tmp_path_factory.mktemp("tsan") / "suppressions"
    path.write_text("race:libcpu_plugin\n")
    return path


def test_threads(built, suppressions):
    program = built("threads", "-O0", "-g1", "-fsanitize=thread")
    options = f"ignore_noninstrumented_modules=1 suppressions={suppressions}"
    results = results_of(program, cases_in("threads.cpp"), TSAN_OPTIONS=options)
    assert set(results.values()) == {"ok"}, results


def test_allocations(built):
    results = results_of(built("allocations", "-O0"), cases_in("allocations.cpp"))
    assert set(results.values()) == {"ok"}, results
