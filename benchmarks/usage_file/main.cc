#include <cstdio>
#include <ctime>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "benchmarks/usage_file/file_layout.h"
#include "benchmarks/usage_file/history.h"
#include "schema/civil_time.h"

namespace {

using namespace keymeter;

constexpr int kUsageError = 2;

constexpr const char* kDescription =
    "Makes a usage file as a large relay leaves it after a year and more: for benchmarks and for trying "
    "queries.\n"
    "Its keys and accounts are those of `relay_load` with the same numbers of them, so that a keymeter that "
    "runs on it\n"
    "can meter live traffic into it.";

constexpr const char* kExamples = R"(Examples:
  usage_file --db large.db
      10,000 keys, 50 accounts, 20 models, 3.2 million minute rows, 400 days: about a gigabyte, in about a minute
  usage_file --db small.db --keys 100 --minute-rows 100000 --days 40
  usage_file --db year.db --keys 1000 --accounts 10 --models 3 --active 0.1 --days 365 --sizes
      every key uses every model in a tenth of the minutes of a year; minutes of 14 days are kept
  usage_file --db year.db --keys 1000 --accounts 10 --models 3 --active 0.1 --days 365 --minute-days 365 --sizes
      the same, all minutes kept)";

int PrintSizes(const std::string& path) {
  auto database = Database::Open(path, Database::Mode::kReadOnly);
  const auto layout =
      database ? usage_file::LayoutOf(*database)
               : Result<std::map<std::string, usage_file::TableSize>>(tl::unexpected(database.error()));
  if (!layout) {
    fmt::print(stderr, "error: {}\n", layout.error().Text());
    return 1;
  }
  std::int64_t bytes = 0;
  for (const auto& [name, size] : *layout) {
    fmt::print("  {:16} {:>11} rows {:>9.1f} MB {:>6.1f} bytes a row, pages {:.0f} % full\n", name, size.rows,
               static_cast<double>(size.bytes) / 1e6, size.BytesARow(), size.Fill() * 100);
    bytes += size.bytes;
  }
  fmt::print("  {:.1f} MB in all\n", static_cast<double>(bytes) / 1e6);
  return 0;
}

int Write(const usage_file::HistoryOptions& options, bool with_sizes) {
  const auto counts = usage_file::WriteHistory(options);
  if (!counts) {
    fmt::print(stderr, "error: {}\n", counts.error().Text());
    return 1;
  }
  fmt::print("{}: {} series; rows: {} minutes, {} hours, {} days, {} months\n", options.path, counts->series,
             counts->minutes, counts->hours, counts->days, counts->months);
  return with_sizes ? PrintSizes(options.path) : 0;
}

int Main(int argc, char** argv) {
  usage_file::HistoryOptions options;
  bool with_sizes = false;
  CLI::App app(kDescription);
  app.footer(kExamples);
  app.add_option("--db", options.path, "The file to make")->required()->type_name("FILE");
  app.add_option("--keys", options.keys, "API keys")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--accounts", options.accounts, "Accounts")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--models", options.models, "Models")->check(CLI::Range(1, 1'000))->capture_default_str();
  app.add_option("--groups", options.groups, "Groups of accounts")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  app.add_option("--minute-rows", options.minute_rows, "Rows by the minute, about")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--minute-days", options.minute_days, "The newest days, of which minutes are kept")
      ->check(CLI::Range(1, 4'000))
      ->capture_default_str();
  app.add_option("--days", options.days, "Days in all")->check(CLI::Range(1, 4'000))->capture_default_str();
  app.add_option("--active", options.active_share,
                 "Share of the minutes in which each key uses each model, in place of --minute-rows")
      ->check(CLI::Range(0.001, 1.0));
  app.add_flag("--sizes", with_sizes, "Says what each table takes: reads the whole file");
  app.add_option("--seed", options.seed, "The same seed makes the same rows")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& failure) {
    return app.exit(failure) == 0 ? 0 : kUsageError;
  }
  options.end = BucketOf(Level::kMinute, std::time(nullptr), 0);
  return Write(options, with_sizes);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "usage_file: {}\n", error.what());
    return 1;
  }
}
