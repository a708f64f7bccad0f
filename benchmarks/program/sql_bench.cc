// What people with SQL wait for: the tasks of sql_bench/tasks.sql and the questions of schema/README.md on a
// large file, by the views and by the leanest SQL on the tables. Prints a table; asserts nothing.
//
//   sql_bench [--db FILE] [--only TEXT]

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "benchmarks/usage_file/history.h"
#include "schema/civil_time.h"
#include "schema/file_descriptor.h"
#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

constexpr double kLongestSeconds = 60;
constexpr int kWarmRuns = 3;

struct Task {
  std::string name;
  std::string sql;
  std::string floor;
  double within = 0;  ///< seconds; 0: nothing was promised
};

struct Cost {
  double seconds = 0;
  double cpu_seconds = 0;
  double written_mib = 0;  ///< into the temporary directory
  int rows = 0;
  bool is_whole = true;  ///< not given up after kLongestSeconds
};

/// "-- name", "-- within SECONDS", SQL, "-- floor", SQL; a line of SQL ends a name that goes over several
/// lines.
std::vector<Task> TasksOf(std::istream& lines) {
  std::vector<Task> tasks;
  bool is_floor = false;
  bool is_named = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("-- within ")) {
      tasks.back().within = std::stod(line.substr(10));
    } else if (line == "-- floor") {
      is_floor = true;
    } else if (line.starts_with("-- ")) {
      if (!is_named || !tasks.back().sql.empty()) tasks.push_back({line.substr(3), "", "", 0});
      is_floor = false;
      is_named = true;
    } else if (line.empty()) {
      const bool is_task = is_named && !(tasks.back().sql.empty() && tasks.back().floor.empty());
      if (is_named && !is_task) tasks.pop_back();  // the file's own words
      is_named = false;
    } else if (!tasks.empty()) {
      (is_floor ? tasks.back().floor : tasks.back().sql) += line + "\n";
    }
  }
  return tasks;
}

std::vector<Task> TasksOfFile() {
  std::ifstream file(KEYMETER_SOURCE_DIR "/benchmarks/program/sql_bench/tasks.sql");
  return TasksOf(file);
}

/// The code blocks of SQL.
std::vector<Task> TasksOfReadme() {
  std::ifstream file(KEYMETER_SOURCE_DIR "/schema/README.md");
  std::stringstream sql;
  bool is_sql = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```"))
      is_sql = line == "```sql";
    else if (is_sql)
      sql << line << '\n';
  }
  return TasksOf(sql);
}

/// Those of both. In the file of tasks a floor without SQL is that of the question of its name.
std::vector<Task> AllTasks() {
  std::vector<Task> tasks = TasksOfFile();
  const auto floors =
      std::stable_partition(tasks.begin(), tasks.end(), [](const Task& task) { return !task.sql.empty(); });
  const std::vector<Task> of_questions(floors, tasks.end());
  tasks.erase(floors, tasks.end());
  std::vector<Task> questions = TasksOfReadme();
  for (const Task& floor : of_questions) {
    const auto question = std::find_if(questions.begin(), questions.end(),
                                       [&](const Task& task) { return task.name == floor.name; });
    if (question == questions.end()) throw std::runtime_error("a floor of no question: " + floor.name);
    question->floor = floor.floor;
  }
  tasks.insert(tasks.end(), questions.begin(), questions.end());
  return tasks;
}

double Now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// What this process has written, in MiB: SQLite's temporary files, since it only reads the others.
double WrittenMib() {
  std::ifstream file("/proc/self/io");
  for (std::string name, value; file >> name >> value;)
    if (name == "wchar:") return std::stod(value) / (1 << 20);
  return 0;
}

/// Asks one file, each time as a program that has just started.
class Asker {
 public:
  explicit Asker(std::string path) : path_(std::move(path)) {}

  /// What the system remembers of the file is forgotten first.
  Cost AskCold(const std::string& sql) {
    const FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    ::posix_fadvise(file.number(), 0, 0, POSIX_FADV_DONTNEED);
    return Ask(sql);
  }
  /// The middle one of a few.
  Cost AskWarm(const std::string& sql) {
    std::vector<Cost> costs;
    for (int i = 0; i < kWarmRuns; ++i) {
      costs.push_back(Ask(sql));
      if (!costs.back().is_whole || costs.back().seconds > kLongestSeconds / 10) return costs.back();
    }
    std::sort(costs.begin(), costs.end(),
              [](const Cost& a, const Cost& b) { return a.cpu_seconds < b.cpu_seconds; });
    return costs[kWarmRuns / 2];
  }

 private:
  Cost Ask(const std::string& sql) {
    sqlite3* opened = nullptr;
    if (sqlite3_open_v2(path_.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK)
      throw std::runtime_error("cannot open " + path_);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, &sqlite3_close);
    const double written = WrittenMib();
    const double cpu = Now(CLOCK_PROCESS_CPUTIME_ID);
    const double begin = Now(CLOCK_MONOTONIC);
    double end = begin + kLongestSeconds;
    sqlite3_progress_handler(
        opened, 100'000,
        [](void* until) { return Now(CLOCK_MONOTONIC) > *static_cast<double*>(until) ? 1 : 0; }, &end);
    Cost cost;
    char* error = nullptr;
    const int done = sqlite3_exec(
        opened, sql.c_str(),
        [](void* rows, int, char**, char**) {
          ++*static_cast<int*>(rows);
          return 0;
        },
        &cost.rows, &error);
    const std::unique_ptr<char, decltype(&sqlite3_free)> said(error, &sqlite3_free);
    if (done != SQLITE_OK && done != SQLITE_INTERRUPT)
      throw std::runtime_error(fmt::format("{}\n{}", said.get(), sql));
    cost.is_whole = done == SQLITE_OK;
    cost.seconds = Now(CLOCK_MONOTONIC) - begin;
    cost.cpu_seconds = Now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    cost.written_mib = WrittenMib() - written;
    return cost;
  }

  std::string path_;
};

std::string Seconds(const Cost& cost, double seconds) {
  return cost.is_whole ? fmt::format("{:.3f}", seconds) : fmt::format("> {:.0f}", kLongestSeconds);
}

std::string Judged(const Task& task, const Cost& warm) {
  if (task.within == 0) return "";
  return fmt::format("{} ({})", warm.is_whole && warm.cpu_seconds <= task.within ? "held" : "MISSED",
                     task.within);
}

/// With the id of a key in the place of {key}, as a person pastes one.
std::string WithKey(std::string sql, const std::string& key) {
  constexpr std::string_view kPlace = "{key}";
  for (std::size_t at = 0; (at = sql.find(kPlace, at)) != std::string::npos; at += key.size())
    sql.replace(at, kPlace.size(), key);
  return sql;
}

void Measure(Asker& asker, const Task& task) {
  const Cost cold = asker.AskCold(task.sql);
  const Cost warm = asker.AskWarm(task.sql);
  std::string floor;
  if (!task.floor.empty()) {
    const Cost leanest = asker.AskWarm(task.floor);
    floor = Seconds(leanest, leanest.cpu_seconds);
    if (leanest.rows != warm.rows)
      throw std::runtime_error(fmt::format("{}: {} rows, floor {}", task.name, warm.rows, leanest.rows));
  }
  fmt::print("{:<62.62} {:>7} {:>8} {:>8} {:>8} {:>7.1f}  {}\n", task.name, warm.rows,
             Seconds(cold, cold.seconds), Seconds(warm, warm.cpu_seconds), floor, warm.written_mib,
             Judged(task, warm));
  std::fflush(stdout);
}

std::string MakeLargeFile(const TempDir& directory) {
  usage_file::HistoryOptions options;
  options.path = directory.File("large.db");
  options.end = BucketOf(Level::kMinute, std::time(nullptr), 0);
  if (const auto made = usage_file::WriteHistory(options); !made)
    throw std::runtime_error(made.error().Text());
  // As beside a processor: two minutes are still to be rolled up. (They count twice; nothing here looks at
  // amounts.)
  auto database = Database::Open(options.path, Database::Mode::kReadWrite);
  if (!database || !database->Execute("UPDATE source_state SET rolled_until = rolled_until - 120"))
    throw std::runtime_error("cannot open minutes of " + options.path);
  return options.path;
}

void Run(const std::string& given, const std::string& only) {
  const TempDir directory;
  const std::string path = given.empty() ? MakeLargeFile(directory) : given;
  const std::string key = DatabaseRows(path).Value("SELECT min(id) FROM api_key");
  Asker asker(path);
  fmt::print("SQLite {}; cold: seconds, warm and floor: CPU seconds, written: MiB of temporary files\n\n",
             sqlite3_libversion());
  fmt::print("{:<62} {:>7} {:>8} {:>8} {:>8} {:>7}  {}\n", "task", "rows", "cold", "warm", "floor", "written",
             "promised (s)");
  for (const Task& task : AllTasks())
    if (task.name.find(only) != std::string::npos)
      Measure(asker, {task.name, WithKey(task.sql, key), WithKey(task.floor, key), task.within});
}

int Main(int argc, char** argv) {
  CLI::App app{
      "What people with SQL wait for, on a large file. SQLITE_TMPDIR says where temporary files go."};
  std::string db;
  std::string only;
  app.add_option("--db", db, "A usage file; without one, one is made (a gigabyte, in about two minutes)");
  app.add_option("--only", only, "The tasks whose names hold this text");
  CLI11_PARSE(app, argc, argv);
  Run(db, only);
  return 0;
}

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) {
  try {
    return keymeter::testing::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sql_bench: %s\n", error.what());
    return 1;
  }
}
