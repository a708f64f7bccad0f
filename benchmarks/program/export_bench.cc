// What exports cost: a file with many day rows, `keymeter serve` on it, and curl that takes each format;
// beside them sqlite3 that reads the same rows. Prints a table; asserts nothing.
//
//   export_bench [--days 40] [--keys 10000]      2.5 models a key, so the default is 1,000,000 rows

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "schema/civil_time.h"
#include "schema/clock.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/http_client.h"
#include "tests/support/process_figures.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

constexpr Milliseconds kLongest{600'000};

struct BenchSize {
  int days = 40;
  int keys = 10'000;
};

/// "VmHWM" of a process, in MiB.
double MebibytesOf(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return std::strtod(line.c_str() + name.size() + 1, nullptr) / 1024;
  return 0;
}

/// The peak begins anew from what is in use now.
void RestartPeak(pid_t pid) {
  std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << "5";
}

/// Takes each export of a large file, and prints its time, CPU and memory. Threads: one.
class ExportBench {
 public:
  explicit ExportBench(BenchSize size) : size_(size) {}

  void Run() {
    MakeFile();
    Program program("serve", {"--db", Db()});
    (void)HttpGet(program.Api("/api/apikeys?limit=1"));
    std::printf("%-22s %10s %10s %8s %8s %16s\n", "what", "rows", "MB", "s", "CPU s", "peak RSS + MiB");
    Select();
    const std::string target = Target(program);
    for (const char* query : {"type=usage&format=csv", "type=usage&format=json", "type=usage&format=csv&gzip",
                              "type=usage&format=excel", "type=apikeys&format=csv"})
      Take(program, target, query);
    TakeList(program);
  }

 private:
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  void Must(Database& database, const std::string& sql) const {
    if (auto run = database.Execute(sql); !run) throw std::runtime_error(run.error().Text());
  }

  void MakeFile() {
    auto database = Database::Open(Db(), Database::Mode::kReadWrite);
    if (!database || !Migrate(*database)) throw std::runtime_error("no file");
    const std::int64_t today = BucketOf(Level::kDay, SystemClock().WallMs() / 1000, 0);
    const std::int64_t series = size_.keys * 5 / 2;
    first_day_ = today - (size_.days - 1) * kDaySeconds;
    Must(*database,
         fmt::format("BEGIN; UPDATE source_state SET utc_offset_s = 0, rolled_until = {3}, data_version = 1;"
                     "CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c "
                     "WHERE i < {0} - 1) "
                     "SELECT i FROM c;"
                     "INSERT INTO api_key (id, name, is_active) SELECT "
                     "printf('0f8fad5b-d9cb-469f-a165-%012x', i), 'key ' || i, 1 "
                     "FROM n WHERE i < {1};"
                     "INSERT INTO series (id, kind, entity, model) SELECT i + 1, 'api_key', "
                     "printf('0f8fad5b-d9cb-469f-a165-%012x', i % {1}), "
                     "'claude-model-' || (i / {1}) || '-20250514' FROM n;"
                     "INSERT INTO usage_day SELECT {2} + d.i * 86400, n.i + 1, 17 + d.i, n.i * 1000 + d.i, "
                     "n.i * 101, n.i * 10, "
                     "n.i * 13333, 0, 0, n.i * 17771 + d.i, n.i * 17771 + d.i FROM n d CROSS JOIN n WHERE "
                     "d.i < {4}; COMMIT",
                     series, size_.keys, first_day_, today + kDaySeconds, size_.days));
    if (auto done = database->Checkpoint(); !done) throw std::runtime_error(done.error().Text());
  }

  [[nodiscard]] std::string Target(Program& program) const {
    return program.Api(fmt::format("/api/export/report?startDate={}&", FormatDate(first_day_, 0)));
  }

  void Select() {
    const auto begin = std::chrono::steady_clock::now();
    ChildProcess sqlite(
        {"sqlite3", "-readonly", "-csv", "-cmd", ".output /dev/null", Db(),
         "SELECT u.bucket, s.entity, k.name, s.model, u.requests, u.input_tokens, u.output_tokens, "
         "u.cache_create_tokens, "
         "u.cache_read_tokens, u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, "
         "u.real_cost_micros FROM "
         "usage_day u CROSS JOIN series s ON s.id = u.series LEFT JOIN api_key k ON k.id = s.entity"});
    (void)sqlite.Wait(kLongest);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    rusage children{};
    ::getrusage(RUSAGE_CHILDREN, &children);  // it is the first that ended
    const double cpu = static_cast<double>(children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
                       static_cast<double>(children.ru_utime.tv_usec + children.ru_stime.tv_usec) / 1e6;
    std::printf("%-22s %10d %10s %8.2f %8.2f %16s\n", "sqlite3 -csv", size_.days * size_.keys * 5 / 2, "",
                took.count(), cpu, "");
  }

  void Take(Program& program, const std::string& target, const std::string& query) {
    const pid_t pid = program.process().pid();
    const double before = MebibytesOf(pid, "VmRSS");
    const double cpu_before = CpuSeconds(pid);
    RestartPeak(pid);
    const bool is_coded = query.ends_with("&gzip");
    const std::string asked = query.substr(0, query.size() - (is_coded ? 5 : 0));
    std::vector<std::string> argv = {
        "curl", "-sS",
        "-o",   directory_.File("taken"),
        "-D",   directory_.File("head"),
        "-w",   "%{http_code} %{time_total} %{time_starttransfer} %{size_download}"};
    if (is_coded) argv.insert(argv.end(), {"-H", "Accept-Encoding: gzip"});
    // A span goes with usage only.
    argv.push_back(asked.starts_with("type=usage") ? target + asked
                                                   : target.substr(0, target.find('?') + 1) + asked);
    ChildProcess curl(argv);
    if (curl.Wait(kLongest) != 0) throw std::runtime_error(curl.StandardError());
    std::istringstream words(curl.StandardOutput());
    int status = 0;
    double seconds = 0;
    double first_byte = 0;
    double bytes = 0;
    words >> status >> seconds >> first_byte >> bytes;
    const std::string head = ReadFile(directory_.File("head"));
    const std::size_t rows = head.find("X-Total-Count: ");
    std::printf(
        "%-22s %10s %10.1f %8.2f %8.2f %16.1f   status %d, first byte after %.2f s\n", query.c_str() + 5,
        rows == std::string::npos ? "-" : head.substr(rows + 15, head.find('\r', rows) - rows - 15).c_str(),
        bytes / 1e6, seconds, CpuSeconds(pid) - cpu_before, MebibytesOf(pid, "VmHWM") - before, status,
        first_byte);
  }

  /// The largest list, which is made in memory.
  void TakeList(Program& program) {
    const pid_t pid = program.process().pid();
    for (const char* what : {"list of 10,000", "the same again"}) {
      const double before = MebibytesOf(pid, "VmRSS");
      const double cpu_before = CpuSeconds(pid);
      RestartPeak(pid);
      const auto begin = std::chrono::steady_clock::now();
      const auto list = HttpGet(program.Api("/api/apikeys?limit=10000"), {}, kLongest);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      std::printf("%-22s %10s %10.1f %8.2f %8.2f %16.1f   status %d\n", what,
                  list.headers.at("x-total-count").c_str(), static_cast<double>(list.body.size()) / 1e6,
                  took.count(), CpuSeconds(pid) - cpu_before, MebibytesOf(pid, "VmHWM") - before,
                  list.status);
    }
  }

  const BenchSize size_;
  std::int64_t first_day_ = 0;
  TempDir directory_;
};

BenchSize Parse(int argc, char** argv) {
  BenchSize size;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--days") size.days = std::atoi(argv[i + 1]);
    if (flag == "--keys") size.keys = std::atoi(argv[i + 1]);
  }
  return size;
}

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) {
  try {
    keymeter::testing::ExportBench(keymeter::testing::Parse(argc, argv)).Run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "export_bench: %s\n", failure.what());
    return 1;
  }
  return 0;
}
