#include "tests/support/instants.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "schema/clock.h"
#include "tests/support/database_rows.h"
#include "tests/support/program.h"

namespace keymeter::testing {

namespace {

constexpr std::int64_t kLongestLifeMs = 200;   ///< after the baseline
constexpr std::int64_t kEarliestDeathMs = 20;  ///< so that it has begun
constexpr std::int64_t kLatestDeathMs = 120;
constexpr int kEarlyDeathsOneIn = 4;
constexpr int kStopsOneIn = 4;  ///< orderly; a stop under load may take two seconds
constexpr std::size_t kLongestText = 4000;

std::int64_t Below(std::mt19937& random, std::int64_t bound) {
  return static_cast<std::int64_t>(random()) % bound;
}

void Sleep(std::int64_t ms) {
  std::this_thread::sleep_for(Milliseconds(ms));
}

/// In which the next full hour is midnight.
std::int64_t OffsetOfNextMidnight() {
  const std::int64_t next_hour = (SystemClock().WallMs() / 1000 / kHourSeconds + 1) % 24;
  return (next_hour <= 12 ? -next_hour : 24 - next_hour) * kHourSeconds;
}

BucketSums ReportedHours(const nlohmann::json& report) {
  BucketSums hours;
  for (const char* kind : {"api_key", "account"})
    for (const auto& row : report.at(kind)) hours[row.at("hour_start")] = {};
  for (auto& [hour, usage] : hours) usage = ReportedSums(report, hour);
  return hours;
}

}  // namespace

Instants::Instants(Options options)
    : options_(options),
      utc_offset_s_(OffsetOfNextMidnight()),
      random_(options.seed),
      load_({RELAY_LOAD_BINARY,
             "--redis",
             redis_.url(),
             "--report",
             directory_.File("report.json"),
             "--rps",
             std::to_string(options.requests_per_second),
             "--history-hours",
             std::to_string(options.history_hours),
             "--history-requests-per-hour",
             "20",
             "--keys",
             "10",
             "--accounts",
             "5",
             "--models",
             "4",
             "--seed",
             std::to_string(options.seed),
             "--utc-offset=" + FormatUtcOffset(utc_offset_s_)}) {
  if (options.history_hours > 0 && !load_.WaitForLine("history written"))
    throw std::runtime_error("relay_load:\n" + load_.StandardError());
}

Instants::Result Instants::Run() {
  jobs_ = ShuffledJobs();
  InParallel([this](std::mt19937& random) { return TakeJob(random); });
  EndTraffic();
  result_.files = static_cast<int>(files_.size());
  InParallel([this](std::mt19937&) { return CompareNext(); });
  return result_;
}

/// The last is taken first: imports, so that there are files to return to.
std::vector<Instants::Job> Instants::ShuffledJobs() {
  const int first = std::min(options_.workers, options_.imports);
  std::vector<Job> jobs(static_cast<std::size_t>(options_.imports - first), Job::kImport);
  jobs.insert(jobs.end(), static_cast<std::size_t>(options_.returns), Job::kReturn);
  std::ranges::shuffle(jobs, random_);
  jobs.insert(jobs.end(), static_cast<std::size_t>(first), Job::kImport);
  return jobs;
}

void Instants::InParallel(const std::function<bool(std::mt19937&)>& take_one) {
  std::vector<std::thread> workers;
  workers.reserve(static_cast<std::size_t>(options_.workers));
  std::exception_ptr failure;
  for (int i = 0; i < options_.workers; ++i)
    workers.emplace_back([this, &take_one, &failure, random = std::mt19937(random_())]() mutable {
      try {
        while (take_one(random)) {
        }
      } catch (...) {
        const std::lock_guard lock(mutex_);
        failure = std::current_exception();
        jobs_.clear();
        files_.clear();
      }
    });
  for (std::thread& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
}

bool Instants::TakeJob(std::mt19937& random) {
  Job job{};
  std::string file;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return false;
    job = jobs_.back();
    jobs_.pop_back();
    file = TakeFile(job, random);
  }
  MaybeDieEarly(file, random);
  const double took_ms = Live(file, random);
  const std::lock_guard lock(mutex_);
  files_.push_back(file);
  (job == Job::kImport ? result_.import_ms : result_.return_ms).push_back(took_ms);
  return true;
}

std::string Instants::TakeFile(Job job, std::mt19937& random) {
  if (job == Job::kImport) return directory_.File(fmt::format("{}.db", jobs_.size()));
  std::swap(files_.at(random() % files_.size()), files_.back());
  std::string file = std::move(files_.back());
  files_.pop_back();
  return file;
}

std::vector<std::string> Instants::Arguments(const std::string& file) const {
  return {"--redis",          redis_.url(), "--db", file, "--utc-offset", FormatUtcOffset(utc_offset_s_),
          "--flush-interval", "100ms"};
}

void Instants::MaybeDieEarly(const std::string& file, std::mt19937& random) {
  if (Below(random, kEarlyDeathsOneIn) != 0) return;
  Program program("process", Arguments(file));
  Sleep(kEarliestDeathMs + Below(random, kLatestDeathMs - kEarliestDeathMs));
  program.process().Kill();
  const std::lock_guard lock(mutex_);
  ++result_.early_deaths;
}

double Instants::Live(const std::string& file, std::mt19937& random) const {
  const auto begin = std::chrono::steady_clock::now();
  Program program("process", Arguments(file));
  program.AwaitLine("msg=\"baseline read\"");
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  Sleep(Below(random, kLongestLifeMs));
  program.process().Signal(Below(random, kStopsOneIn) == 0 ? SIGTERM : SIGKILL);
  if (!program.process().Wait()) throw std::runtime_error("does not end: " + file);
  return took.count();
}

void Instants::EndTraffic() {
  load_.Signal(SIGTERM);
  if (load_.Wait() != 0) throw std::runtime_error("relay_load:\n" + load_.StandardError());
  const auto report = nlohmann::json::parse(ReadFile(directory_.File("report.json")));
  hours_ = ReportedHours(report);
  result_.requests = report.at("requests");
  result_.hours = hours_.size();
  for (const auto& [hour, usage] : hours_) result_.counters += usage.size();
}

bool Instants::CompareNext() {
  std::string file;
  {
    const std::lock_guard lock(mutex_);
    if (files_.empty()) return false;
    file = std::move(files_.back());
    files_.pop_back();
  }
  Program program("process", Arguments(file));
  program.AwaitLine("msg=\"baseline read\"");
  program.process().Signal(SIGTERM);
  if (program.process().Wait() != 0)
    throw std::runtime_error("last return:\n" + program.process().StandardError());
  Compare(file);
  return true;
}

void Instants::Compare(const std::string& file) {
  const DatabaseRows rows(file);
  const BucketSums days = Coarser(hours_, Level::kDay, utc_offset_s_);
  BucketSums nested = Coarser(SumBuckets(rows, Level::kMinute), Level::kHour, utc_offset_s_);
  for (const auto& [hour, usage] : SumUntimed(rows, Level::kHour))
    for (const auto& [id, amounts] : usage) nested[hour][id] += amounts;
  Note(file, Differences(hours_, SumBuckets(rows, Level::kHour)));
  Note(file, Differences(days, SumBuckets(rows, Level::kDay)));
  Note(file, Differences(hours_, nested));
  const std::lock_guard lock(mutex_);
  result_.adjustments += std::stoi(rows.Value("SELECT count(*) FROM adjustments"));
}

void Instants::Note(const std::string& file, const std::string& differences) {
  if (differences.empty()) return;
  const std::lock_guard lock(mutex_);
  result_.values_off += static_cast<int>(std::ranges::count(differences, '\n'));
  if (result_.differences.size() < kLongestText) result_.differences += file + "\n" + differences;
}

}  // namespace keymeter::testing
