#include "benchmarks/program/e2e/figures.h"

#include <cstddef>

namespace keymeter::e2e {

namespace {

constexpr Column kColumns[] = {
    {"client_cpu_s_per_million", "client CPU s/M", 3, &Figures::client_cpu},
    {"redis_cpu_s_per_million", "Redis CPU s/M", 3, &Figures::redis_cpu},
    {"redis_command_time_percent", "of Redis' time %", 2, &Figures::redis_share_percent},
    {"commands_per_million", "commands/M", 0, &Figures::commands},
    {"wakeups_per_second", "wake-ups/s", 0, &Figures::wakeups},
    {"peak_rss_mib", "RSS MiB", 1, &Figures::peak_rss_mib},
    {"disk_mib", "disk MiB", 1, &Figures::disk_mib},
    {"delay_p50_ms", "SQL p50 ms", 0, &Figures::delay_p50_ms},
    {"delay_p99_ms", "p99", 0, &Figures::delay_p99_ms},
    {"delay_max_ms", "max", 0, &Figures::delay_max_ms},
    {"http_p50_ms", "HTTP p50 ms", 0, &Figures::http_p50_ms},
    {"http_p99_ms", "p99", 0, &Figures::http_p99_ms},
    {"http_max_ms", "max", 0, &Figures::http_max_ms},
    {"done_after_ms", "done after ms", 0, &Figures::done_ms},
    {"exact_percent", "exact %", 0, &Figures::exact_percent},
    {"seen_percent", "seen %", 2, &Figures::seen_percent},
    {"cuts", "cuts", 0, &Figures::cuts},
    {"requests_per_second", "requests/s", 0, &Figures::rate},
    {"failed_answers", "failed answers", 0, &Figures::failed_answers},
};
constexpr std::size_t kCostColumns = 7;
constexpr std::size_t kDelayColumns = 11;

}  // namespace

std::span<const Column> AllColumns() {
  return kColumns;
}
std::span<const Column> CostColumns() {
  return AllColumns().first(kCostColumns);
}
std::span<const Column> DelayColumns() {
  return AllColumns().subspan(kCostColumns, kDelayColumns);
}

}  // namespace keymeter::e2e
