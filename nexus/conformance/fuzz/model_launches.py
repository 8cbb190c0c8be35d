"""Model of launches: runs of a command that nobody else sees."""

from __future__ import annotations

from dataclasses import replace

from nexus._enums import KERNEL_MAX_ARGS, command_type
from nexus.conformance.fuzz import refusals
from nexus.conformance.fuzz.model import EXECUTION_SETTINGS
from nexus.conformance.fuzz.model_objects import Buffer, Command, Kernel, Run
from nexus.conformance.fuzz.model_work import Work
from nexus.conformance.harness.call_arguments import Launch, LaunchArgument
from nexus.conformance.harness.trace import Handle, Want


class Launches(Work):
    """The model of `Work`, and launches."""

    def launch(self, handle: int, stream_handle: int, launch: Launch | None, settings: int) -> None:
        """Launch a kernel, non-blocking if a blocking launch would not end.

        Of a scalar, the bytes that its data type has are passed. A launch whose outcome the
        contract leaves open is left out.
        """
        if not self.has("Launch"):
            return
        kernel = self.find(Kernel, handle)
        stream, why = self._stream(stream_handle)
        why |= set() if kernel else {"InvalidKernel"}
        why |= {"InvalidValue"} if settings & ~EXECUTION_SETTINGS else set()
        command = Command(Handle(-1, "launch"), command_type.Dispatch, kernel, finalized=True)
        given, more, odd = self._prepare(command, launch)
        why |= more
        if why:
            why |= odd
            self.refused(None, "Launch", handle, stream_handle, given, settings, why=why)
            return
        run = Run([command])
        if odd or not self._can_run(run, stream):
            return

        def submit(settings: int, want: Want) -> None:
            self.trace.call("Launch", handle, stream_handle, given, settings, want=want)

        self._run(run, stream, settings, submit)

    def _prepare(
        self, command: Command, launch: Launch | None
    ) -> tuple[Launch | None, set[str], set[str]]:
        """Give a command what a launch has; return the launch to make, and its refusals."""
        if launch is None:
            return None, {"InvalidValue"}, set()
        most = self.facts.largest_group
        why, odd = refusals.of_size(launch.grid, launch.group, launch.shared, most)
        if launch.arguments is None and launch.told:
            return launch, why | {"InvalidValue"}, odd
        if launch.told > KERNEL_MAX_ARGS:
            why.add("InvalidArgIndex")
        given = []
        for index, argument in enumerate(launch.arguments or ()):
            exact, more, other = self._set(command, index, argument)
            given.append(exact)
            why |= more
            odd |= other
        command.grid, command.group = launch.grid, launch.group
        if command.kernel is not None:
            why |= command.problems()
        if launch.arguments is not None:
            launch = replace(launch, arguments=given)
        return launch, why, odd

    def _set(
        self, command: Command, index: int, argument: LaunchArgument
    ) -> tuple[LaunchArgument, set[str], set[str]]:
        """Set an argument of a command; return it with the bytes to pass, and its refusals."""
        why: set[str] = set()
        odd: set[str] = set()
        kernel, value = command.kernel, argument.value
        has_buffer = argument.buffer != -1
        if value is not None and has_buffer:
            why.add("InvalidArgValue")
        if value is not None:
            assert isinstance(value, bytes)
            data, _, more, other = refusals.of_scalar(kernel, index, value, argument.data_type)
            why |= more
            odd |= other
            assert data is not None
            argument = replace(argument, value=data)
            command.arguments[index] = data
        if has_buffer:
            more, other = refusals.of_argument(kernel, index, "buffer")
            why |= more
            odd |= other
            buffer = self.find(Buffer, argument.buffer)
            if buffer is None:
                why.add("InvalidBuffer")
            else:
                command.arguments[index] = buffer
        if value is None and not has_buffer and kernel and index >= len(kernel.parameters):
            # An argument that is not set, and that the kernel does not have.
            odd |= {"InvalidArgIndex", "InvalidKernelArgs"}
        return argument, why, odd
