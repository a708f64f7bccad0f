#include "tests/support/process_figures.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace keymeter::testing {

namespace {

std::string ProcText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string ProcPath(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

}  // namespace

double CpuSeconds(pid_t pid) {
  clockid_t clock = 0;
  timespec spent{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) return 0;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

double ResidentMebibytes(pid_t pid) {
  return static_cast<double>(LineValue(ProcText(ProcPath(pid, "status")), "VmRSS")) / 1024;
}

double PeakMebibytes(pid_t pid) {
  return static_cast<double>(LineValue(ProcText(ProcPath(pid, "status")), "VmHWM")) / 1024;
}

std::int64_t DiskBytes(pid_t pid) {
  return LineValue(ProcText(ProcPath(pid, "io")), "write_bytes");
}

std::size_t OpenFiles(pid_t pid) {
  std::error_code gone;
  const std::filesystem::directory_iterator files(ProcPath(pid, "fd"), gone);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

std::int64_t WakeUps(pid_t pid) {
  std::int64_t sum = 0;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator(ProcPath(pid, "task"), gone))
    sum += LineValue(ProcText(thread.path() / "status"), "voluntary_ctxt_switches");
  return sum;
}

std::int64_t LineValue(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') continue;
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    std::int64_t value = 0;
    std::from_chars(line.data(), line.data() + line.size(), value);
    return value;
  }
  return 0;
}

}  // namespace keymeter::testing
