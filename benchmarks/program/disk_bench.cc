// What a live relay costs the disk: flushes once a second and roll-ups once a minute, through the processor's
// own writer on a simulated clock, with every write and sync of SQLite counted. Prints a table; --json as
// well.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <optional>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "benchmarks/program/disk_bench/live_batches.h"
#include "benchmarks/program/spread.h"
#include "benchmarks/usage_file/file_layout.h"
#include "processor/storage/file_maintenance.h"
#include "processor/storage/window_writer.h"
#include "schema/civil_time.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/temp_dir.h"

namespace keymeter::disk_bench {
namespace {

using Traffic = testing::FaultyVfs::Traffic;
using nlohmann::json;
using processor::FileMaintenance;
using processor::WindowWriter;

constexpr std::int64_t kBegin = 1'795'176'000;  ///< a full hour

struct Settings {
  std::string pragmas;  ///< of the writing connection, beyond its own
  std::int64_t page_size = 0;
  std::string json_path;
  std::vector<std::string> shapes;
  std::int64_t minutes = 0;
};

double CpuMs() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().Text());
  return std::move(*result);
}

void Must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().Text());
}

/// One relay's flushes through the processor's own writer into a file of its own, counted and timed. Threads:
/// one.
class Run {
 public:
  Run(const Shape& shape, const Settings& settings) : shape_(shape), batches_(shape, kBegin, 1) {
    const std::string path = directory_.File("keymeter.db");
    if (settings.page_size > 0) {
      Database made = Must(Database::Open(path, Database::Mode::kReadWrite));
      Must(
          made.Execute(fmt::format("PRAGMA page_size = {}; PRAGMA auto_vacuum = INCREMENTAL;"
                                   "PRAGMA journal_mode = WAL",
                                   settings.page_size)));
    }
    writer_.emplace(Must(WindowWriter::Open(path)));
    Must(writer_->database().Execute(settings.pragmas));
    Must(writer_->Write(batches_.First()));
  }

  json Measure() {
    Simulate(shape_.warm_up);
    const Traffic wal = vfs_.TrafficOf("-wal");
    const Traffic file = vfs_.TrafficOf(".db");
    const std::int64_t before = batches_.series_minutes();
    flush_ms_.clear();
    roll_up_ms_.clear();
    Simulate(shape_.minutes);
    return Report(Since(wal, "-wal"), Since(file, ".db"), batches_.series_minutes() - before);
  }

 private:
  void Simulate(std::int64_t minutes) {
    for (const std::int64_t end = second_ + minutes * kMinuteSeconds; second_ < end;) {
      const processor::WriteBatch batch = batches_.Second(++second_);
      if (!Must(maintenance_.MakeRoom(writer_->database()))) throw std::runtime_error("the WAL is held");
      double begin = CpuMs();
      Must(writer_->Write(batch));
      flush_ms_.push_back(CpuMs() - begin);
      begin = CpuMs();
      const std::int64_t closed = BucketOf(Level::kMinute, second_, 0) - kMinuteSeconds;
      const bool is_due = closed > writer_->rolled_until();
      Must(writer_->RollUp(closed));
      if (is_due) roll_up_ms_.push_back(CpuMs() - begin);
      (void)Must(maintenance_.Figures(*writer_));
    }
  }

  [[nodiscard]] Traffic Since(const Traffic& before, const char* suffix) const {
    const Traffic now = vfs_.TrafficOf(suffix);
    return {now.writes - before.writes, now.bytes - before.bytes, now.syncs - before.syncs};
  }

  json Report(const Traffic& wal, const Traffic& file, std::int64_t series_minutes) {
    const auto layout = Must(usage_file::LayoutOf(writer_->database()));
    const auto a_series_minute = [&](std::int64_t bytes) {
      return static_cast<double>(bytes) / static_cast<double>(series_minutes);
    };
    json report{{"shape", shape_.name},
                {"series", shape_.series},
                {"minutes", shape_.minutes},
                {"series_minutes", series_minutes},
                {"wal_bytes", wal.bytes},
                {"file_bytes", file.bytes},
                {"syncs", wal.syncs + file.syncs},
                {"written_a_series_minute", a_series_minute(wal.bytes + file.bytes)},
                {"flush_cpu_ms", Times(flush_ms_)},
                {"roll_up_cpu_ms", Times(roll_up_ms_)}};
    double new_bytes = 0;
    for (const auto& [name, size] : layout) {
      if (!name.starts_with("usage_") && name != "reading") continue;
      report["tables"][name] = {
          {"rows", size.rows},
          {"bytes_a_row", size.BytesARow()},
          {"payload_a_row", static_cast<double>(size.payload) / static_cast<double>(size.rows)},
          {"fill", size.Fill()}};
      if (name == "usage_minute")
        new_bytes = static_cast<double>(size.payload) / static_cast<double>(size.rows) *
                    static_cast<double>(series_minutes);
    }
    report["amplification"] = static_cast<double>(wal.bytes + file.bytes) / new_bytes;
    return report;
  }

  static json Times(const std::vector<double>& ms) {
    if (ms.empty()) return nullptr;
    const Spread spread = SpreadOf(ms);
    return {{"p50", spread.p50}, {"p99", spread.p99}, {"max", spread.max}};
  }

  const Shape shape_;
  testing::TempDir directory_;
  testing::FaultyVfs vfs_;
  LiveBatches batches_;
  std::optional<WindowWriter> writer_;  ///< after vfs_: closed before it goes
  FileMaintenance maintenance_{{}};
  std::int64_t second_ = kBegin;
  std::vector<double> flush_ms_;
  std::vector<double> roll_up_ms_;
};

std::vector<Shape> Shapes() {
  return {{.name = "idle", .series = 39, .active = 0},
          {.name = "small", .series = 39, .active = 0.3},
          {.name = "year", .series = 3'000},
          {.name = "10k", .series = 10'000},
          {.name = "100k", .series = 100'000, .minutes = 10}};
}

void Print(const json& report) {
  const auto number = [](const json& value, const char* name) { return value.at(name).get<double>(); };
  const double minutes = number(report, "minutes");
  fmt::print("{} · {} series, {} series-minutes in {} minutes\n", report.at("shape").get<std::string>(),
             report.at("series").get<std::int64_t>(), report.at("series_minutes").get<std::int64_t>(),
             minutes);
  fmt::print("  written: {:.2f} MB a minute into the WAL, {:.2f} into the file; {:.1f} syncs a minute\n",
             number(report, "wal_bytes") / minutes / 1e6, number(report, "file_bytes") / minutes / 1e6,
             number(report, "syncs") / minutes);
  if (report.at("series_minutes") > 0)
    fmt::print("  a series-minute: {:.0f} bytes written, {:.1f} times its row\n",
               number(report, "written_a_series_minute"), number(report, "amplification"));
  fmt::print("  CPU of a flush p50 {:.2f} p99 {:.2f} max {:.2f} ms; of a roll-up p50 {:.2f} max {:.2f} ms\n",
             number(report.at("flush_cpu_ms"), "p50"), number(report.at("flush_cpu_ms"), "p99"),
             number(report.at("flush_cpu_ms"), "max"), number(report.at("roll_up_cpu_ms"), "p50"),
             number(report.at("roll_up_cpu_ms"), "max"));
  if (report.contains("tables"))
    for (const auto& [name, table] : report.at("tables").items())
      fmt::print("  {:14} {:>9} rows of {:5.1f} bytes ({:.1f} of them the record; pages {:.0f} % full)\n",
                 name, table.at("rows").get<std::int64_t>(), number(table, "bytes_a_row"),
                 number(table, "payload_a_row"), number(table, "fill") * 100);
  std::fflush(stdout);
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("What a live relay costs the disk: bytes a stored series-minute, and write amplification.");
  app.add_option("SHAPE", settings.shapes, "idle, small, year, 10k, 100k; without: all");
  app.add_option("--minutes", settings.minutes, "Simulated ones, in place of the shape's own");
  app.add_option("--pragmas", settings.pragmas, "SQL for the writing connection, to compare settings");
  app.add_option("--page-size", settings.page_size, "Of the file");
  app.add_option("--json", settings.json_path, "Writes the figures there as well");
  CLI11_PARSE(app, argc, argv);
  json all = json::array();
  for (Shape& shape : Shapes()) {
    if (!settings.shapes.empty() && std::ranges::find(settings.shapes, shape.name) == settings.shapes.end())
      continue;
    if (settings.minutes > 0) shape.minutes = settings.minutes;
    all.push_back(Run(shape, settings).Measure());
    Print(all.back());
  }
  if (!settings.json_path.empty()) std::ofstream(settings.json_path) << all.dump(2) << '\n';
  return 0;
}

}  // namespace
}  // namespace keymeter::disk_bench

int main(int argc, char** argv) {
  try {
    return keymeter::disk_bench::Main(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "disk_bench: {}\n", failure.what());
    return 1;
  }
}
