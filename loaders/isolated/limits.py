"""Limits of a parser's process: memory, time, files, network.

Linux only: elsewhere, or where the system refuses, the process goes on with what it got and says what is missing.
"""

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """What one run of a parser may use.

    Attributes
    ----------
    memory_mb : int
        Of memory that it may write to.
    cpu_s, wall_s : int
        Of processor time (all threads) and of time.
    written_mb : int
        Into its folder, the answer included.
    files : int
        Open at a time.
    """

    memory_mb: int = 1536
    cpu_s: int = 300
    wall_s: int = 600
    written_mb: int = 1024
    files: int = 128


def limit_resources(limits: Limits) -> None:
    """Limit this process for good."""
    memory = limits.memory_mb * MEGABYTE
    for what, soft, hard in (
        # What is written to counts; libraries and mapped files only take addresses, of which there are many.
        (resource.RLIMIT_DATA, memory, memory),
        (resource.RLIMIT_AS, 4 * memory + 8192 * MEGABYTE, 4 * memory + 8192 * MEGABYTE),
        (resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 5),
        (resource.RLIMIT_FSIZE, limits.written_mb * MEGABYTE, limits.written_mb * MEGABYTE),
        (resource.RLIMIT_NOFILE, limits.files, limits.files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        known = resource.getrlimit(what)[1]
        highest = hard if known == resource.RLIM_INFINITY else min(hard, known)
        resource.setrlimit(what, (min(soft, highest), highest))


def leave_network() -> bool:
    """Move into a network of its own without any address; return whether the system allows it."""
    new_user, new_network = 0x10000000, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (new_network, new_user | new_network))


def forbid_calls() -> bool:
    """Forbid sockets, other programs and other processes by seccomp; return whether the system allows it."""
    machine = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _AARCH64)}.get(platform.machine())
    if machine is None or os.uname().sysname != "Linux":
        return False
    audit_arch, numbers = machine
    load, jump_equal, jump_at_least, give = 0x20, 0x15, 0x35, 0x06
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000  # refuse: EPERM
    program = [(load, 0, 0, 4), (jump_equal, 1, 0, audit_arch), (give, 0, 0, kill), (load, 0, 0, 0)]
    # The numbers of x32 begin here: the same calls by another door.
    program += [(jump_at_least, 0, 1, 0x40000000), (give, 0, 0, refuse)]
    for number in numbers:
        program += [(jump_equal, 0, 1, number), (give, 0, 0, refuse)]
    # Threads may be made, processes not: by the flags of the one call; those of the other lie in memory.
    clone, clone3, thread, not_there, flags_at = *_CLONE[platform.machine()], 0x00010000, 0x00050026, 16
    program += [(jump_equal, 0, 1, clone3), (give, 0, 0, not_there), (jump_equal, 0, 3, clone), (load, 0, 0, flags_at)]
    program += [(_JUMP_SET, 1, 0, thread), (give, 0, 0, refuse), (give, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    filters = Program(len(program), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
    _no_new_privileges(libc)
    set_seccomp, by_filter = 22, 2
    return bool(libc.prctl(set_seccomp, by_filter, ctypes.addressof(filters), 0, 0) == 0)


def forbid_files(*, readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Forbid every other file by Landlock (Linux 5.13); return whether the system allows it."""
    create, add, restrict = 444, 445, 446
    read, write = 0b1100, 0b1111111111110  # read files and folders; and all of the first version but to execute
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    handled = ctypes.create_string_buffer(struct.pack("=Q", write | 1))
    rules = libc.syscall(create, handled, 8, 0)
    if rules < 0:
        return False
    try:
        for paths, allowed in ((readable, read), (writable, write)):
            for path in paths:
                if not path.exists():
                    continue
                # Of a file only what a file has.
                right = allowed if path.is_dir() else allowed & 0b110
                opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
                try:
                    libc.syscall(add, rules, 1, ctypes.create_string_buffer(struct.pack("=Qi", right, opened)), 0)
                finally:
                    os.close(opened)
        _no_new_privileges(libc)
        return bool(libc.syscall(restrict, rules, 0) == 0)
    finally:
        os.close(rules)


def _no_new_privileges(libc: ctypes.CDLL) -> None:
    libc.prctl(38, ctypes.c_ulong(1), ctypes.c_void_p(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


# socket, connect, accept, sendto, sendmsg, bind, listen, socketpair, fork, vfork, execve, kill, tkill, tgkill, ptrace,
# mount, umount2, pivot_root, chroot, setns, unshare, bpf, perf_event_open, process_vm_readv, process_vm_writev,
# execveat, io_uring_setup, keyctl, add_key, request_key, open_by_handle_at, pidfd_getfd, accept4
_X86_64 = (41, 42, 43, 44, 46, 49, 50, 53, 57, 58, 59, 62, 200, 101, 165, 166, 155, 161, 308, 272, 321, 298, 310,
           311, 322, 425, 250, 248, 249, 304, 438, 288)  # fmt: skip
_AARCH64 = (198, 203, 202, 206, 211, 200, 201, 199, 221, 129, 130, 117, 40, 39, 41, 51, 268, 97, 280, 241, 270, 271,
            281, 425, 219, 217, 218, 265, 438, 242)  # fmt: skip
_CLONE = {"x86_64": (56, 435), "aarch64": (220, 435)}
_JUMP_SET = 0x45


def allowed_memory_mb() -> int:
    """Return how many megabytes this process may use."""
    return int(resource.getrlimit(resource.RLIMIT_DATA)[0] // MEGABYTE)
