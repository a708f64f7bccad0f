#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace keymeter::testing {

/// Seconds of CPU (user and system, all threads, also those that ended) that a process has spent so far, by
/// its CPU clock: nanoseconds, where /proc/PID/stat counts ticks of 10 ms. 0 when there is no such process.
[[nodiscard]] double CpuSeconds(pid_t pid);

/// The resident set now, in MiB: VmRSS of /proc/PID/status.
[[nodiscard]] double ResidentMebibytes(pid_t pid);

/// The largest resident set so far, in MiB: VmHWM of /proc/PID/status.
[[nodiscard]] double PeakMebibytes(pid_t pid);

/// Bytes that went towards a disk (dirtied pages of files): write_bytes of /proc/PID/io. 0 on a tmpfs.
[[nodiscard]] std::int64_t DiskBytes(pid_t pid);

/// How many files it has open.
[[nodiscard]] std::size_t OpenFiles(pid_t pid);

/// How often a living thread of it went to sleep: the wake-ups. voluntary_ctxt_switches of its threads.
[[nodiscard]] std::int64_t WakeUps(pid_t pid);

/// The number behind "name:" that begins a line of a text of /proc, such as "VmHWM:\t  1234 kB"; 0 without
/// one.
[[nodiscard]] std::int64_t LineValue(std::string_view text, std::string_view name);

}  // namespace keymeter::testing
