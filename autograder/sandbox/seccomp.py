"""The system calls a worker may make, as a seccomp filter: a list of what is allowed; all else is refused.

Refused above all: new processes and programs, sockets, signals to others, other processes' memory and limits, mounts,
namespaces, permissions and times of files, kernel keys, io_uring, bpf, perf. Threads are allowed: libraries use them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from autograder.sandbox import kernel

# name:number on x86_64:number on aarch64 ("-": does not exist there)
ALLOWED = """
read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68 lseek:8:62 close:3:57
close_range:436:436 dup:32:23 dup2:33:- dup3:292:24 pipe:22:- pipe2:293:59 poll:7:- ppoll:271:73 select:23:-
pselect6:270:72 epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:- epoll_pwait:281:22 eventfd2:290:19
sendfile:40:71 copy_file_range:326:285 creat:85:- stat:4:- lstat:6:- fstat:5:80 newfstatat:262:79
statx:332:291 statfs:137:43 fstatfs:138:44 access:21:- faccessat:269:48 faccessat2:439:439 readlink:89:-
readlinkat:267:78 getdents64:217:61 getcwd:79:17 chdir:80:49 fchdir:81:50 mkdir:83:- mkdirat:258:34
rmdir:84:- unlink:87:- unlinkat:263:35 rename:82:- renameat:264:38 renameat2:316:276 link:86:- linkat:265:37
symlink:88:- symlinkat:266:36 ftruncate:77:46 fallocate:285:47 fsync:74:82 fdatasync:75:83 fadvise64:221:223
flock:73:32 umask:95:166 mmap:9:222 munmap:11:215 mprotect:10:226 mremap:25:216 brk:12:214 madvise:28:233
msync:26:227 futex:202:98 set_robust_list:273:99 set_tid_address:218:96 rseq:334:293 membarrier:324:283
arch_prctl:158:- exit:60:93 exit_group:231:94 restart_syscall:219:128 sched_yield:24:124
sched_getaffinity:204:123 sched_get_priority_max:146:125 sched_get_priority_min:147:126 getcpu:309:168
getpriority:140:141 rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136
rt_sigtimedwait:128:137 rt_sigsuspend:130:133 sigaltstack:131:132 pause:34:- alarm:37:- setitimer:38:103
getitimer:36:102 wait4:61:260 waitid:247:95 nanosleep:35:101 clock_nanosleep:230:115 clock_gettime:228:113
clock_getres:229:114 gettimeofday:96:169 getrusage:98:165 sysinfo:99:179 uname:63:160 getrandom:318:278
getpid:39:172 getppid:110:173 gettid:186:178 getpgrp:111:- getpgid:121:155 getsid:124:156 getuid:102:174
geteuid:107:175 getgid:104:176 getegid:108:177 getresuid:118:148 getresgid:120:150 getgroups:115:158
getrlimit:97:163 setrlimit:160:164 capget:125:90
"""

CLONE = {"x86_64": 56, "aarch64": 220}
KILL = {"x86_64": (62, 234), "aarch64": (129, 131)}  # kill, tgkill: the first argument is a process
PRLIMIT = {"x86_64": 302, "aarch64": 261}
OPEN = {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}  # open, openat: (number, which argument holds the flags)
# fcntl: copies of descriptors and flags; not F_SETOWN, F_SETSIG or leases, which reach other processes, nor record
# locks, of which a process may hold any number in the kernel's memory.
FCNTL = {"x86_64": 72, "aarch64": 25}
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 1030)
# ioctl: is it a terminal, how wide, how much is there to read, blocking, close on exec.
IOCTL = {"x86_64": 16, "aarch64": 29}
IOCTL_COMMANDS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A)
# prctl: a thread's name and a mapping's name; not the parent-death signal, without which it could outlive its judge.
PRCTL = {"x86_64": 157, "aarch64": 167}
PRCTL_OPTIONS = (15, 16, 0x53564D41)

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE3, OPENAT2, NEWEST_KNOWN = 435, 437, 450
LOAD, EQUAL, GREATER, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
ALLOW, KILL_PROCESS = 0x7FFF0000, 0x80000000
SET_MODE_FILTER, FLAG_TSYNC, FLAG_SPEC_ALLOW = 1, 1, 4


def restrict(pid: int) -> None:
    """Install the filter in this process, all threads, for good. `pid` is its own: the one process it may signal.

    SPEC_ALLOW: kernels before 5.16 otherwise slow down all arithmetic here, which would cost points for speed.
    """
    code = build(kernel.machine(), pid)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer)))
    kernel.syscall("seccomp", SET_MODE_FILTER, FLAG_TSYNC | FLAG_SPEC_ALLOW, ctypes.byref(program))


def build(machine: str, pid: int) -> bytes:
    """The filter as BPF code. Refused calls get EPERM; those newer than it ENOSYS, so that libraries fall back."""
    steps = [_load(4), _skip_if(EQUAL, AUDIT_ARCH[machine], 1, 0), _return(KILL_PROCESS)]
    steps += [_load(0)]
    if machine == "x86_64":  # the x32 numbers would name the same calls a second time
        steps += [_skip_if(GREATER, 0x3FFFFFFF, 0, 1), _return(KILL_PROCESS)]
    for number in _allowed_numbers(machine):
        steps += [_skip_if(EQUAL, number, 0, 1), _return(ALLOW)]
    for number in KILL[machine]:
        steps += _when_argument_in(number, 0, (pid,), errno.EPERM)
    steps += _when_argument_in(PRLIMIT[machine], 0, (0,), errno.EPERM)
    steps += _when_argument_in(FCNTL[machine], 1, FCNTL_COMMANDS, errno.EPERM)
    steps += _when_argument_in(IOCTL[machine], 1, IOCTL_COMMANDS, errno.ENOTTY)
    steps += _when_argument_in(PRCTL[machine], 0, PRCTL_OPTIONS, errno.EPERM)
    steps += _when_thread(CLONE[machine])
    for number, argument in OPEN[machine]:
        steps += _when_not_truncating_read_only(number, argument)
    for number in (CLONE3, OPENAT2):
        steps += [_skip_if(EQUAL, number, 0, 1), _fail(errno.ENOSYS)]
    steps += [_skip_if(GREATER, NEWEST_KNOWN, 0, 1), _fail(errno.ENOSYS), _fail(errno.EPERM)]
    return b"".join(steps)


def _allowed_numbers(machine: str) -> list[int]:
    column = {"x86_64": 1, "aarch64": 2}[machine]
    numbers = [entry.split(":")[column] for entry in ALLOWED.split()]
    return [int(number) for number in numbers if number != "-"]


def _when_argument_in(number: int, argument: int, values: tuple[int, ...], error: int) -> list[bytes]:
    checks = [part for value in values for part in (_skip_if(EQUAL, value, 0, 1), _return(ALLOW))]
    return _only_for(number, [_load(16 + 8 * argument), *checks, _fail(error)])


def _when_thread(number: int) -> list[bytes]:
    """clone() only with CLONE_THREAD: a thread of this process, never a process."""
    return _only_for(number, [_load(16), _skip_if(ANY_BIT, 0x10000, 0, 1), _return(ALLOW), _fail(errno.EPERM)])


def _when_not_truncating_read_only(number: int, argument: int) -> list[bytes]:
    """Landlock before version 3 lets O_RDONLY | O_TRUNC empty a file that may only be read."""
    writes = _skip_if(ANY_BIT, os.O_WRONLY | os.O_RDWR, 0, 1)
    truncates = _skip_if(ANY_BIT, os.O_TRUNC, 1, 0)
    body = [_load(16 + 8 * argument), writes, _return(ALLOW), truncates, _return(ALLOW), _fail(errno.EPERM)]
    return _only_for(number, body)


def _only_for(number: int, body: list[bytes]) -> list[bytes]:
    """`body` ends in a return on every way, so the accumulator still holds the call's number after it."""
    return [_skip_if(EQUAL, number, 0, len(body)), *body]


def _load(offset: int) -> bytes:
    return struct.pack("=HBBI", LOAD, 0, 0, offset)


def _skip_if(test: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("=HBBI", test, if_true, if_false, value)


def _return(action: int) -> bytes:
    return struct.pack("=HBBI", RETURN, 0, 0, action)


def _fail(error: int) -> bytes:
    return _return(0x00050000 | error)
