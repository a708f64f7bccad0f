#include "benchmarks/program/e2e/measured_run.h"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>

#include "benchmarks/program/e2e/api_asker.h"
#include "benchmarks/program/e2e/command_books.h"
#include "benchmarks/program/e2e/delay_probe.h"
#include "benchmarks/program/e2e/subject.h"
#include "benchmarks/program/spread.h"
#include "tests/support/database_rows.h"
#include "tests/support/process_figures.h"
#include "tests/support/temp_dir.h"

namespace keymeter::e2e {

namespace {

using testing::DatabaseRows;
using testing::DiskBytes;
using testing::LineValue;
using testing::PeakMebibytes;
using testing::RedisClient;
using testing::UsageSums;
using testing::WakeUps;
using SteadyClock = std::chrono::steady_clock;

constexpr testing::Milliseconds kToWorkOff{60'000};
constexpr double kMebibyte = 1024.0 * 1024.0;

double Since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

/// What a process has spent from now on.
class Spending {
 public:
  explicit Spending(pid_t pid)
      : pid_(pid), cpu_(testing::CpuSeconds(pid)), disk_(DiskBytes(pid)), wakeups_(WakeUps(pid)) {}

  [[nodiscard]] double CpuSeconds() const { return testing::CpuSeconds(pid_) - cpu_; }
  [[nodiscard]] double DiskMebibytes() const {
    return static_cast<double>(DiskBytes(pid_) - disk_) / kMebibyte;
  }
  [[nodiscard]] double WakeUpsIn(double seconds) const {
    return static_cast<double>(WakeUps(pid_) - wakeups_) / seconds;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
  double cpu_;
  std::int64_t disk_;
  std::int64_t wakeups_;
};

/// One subject under one load, on a Redis of its own. Threads: one; Take once.
class MeasuredRun {
 public:
  explicit MeasuredRun(const RunSetup& setup)
      : setup_(setup), subject_({setup.subject, redis_, directory_.path().string(), setup.other_binary}) {}

  RunOutcome Take() {
    setup_.traffic.Prepare();
    StartAround();
    const Spending of_redis(redis_pid_);
    control_.Must({"CONFIG", "RESETSTAT"});
    std::optional<Spending> of_client;
    if (subject_.pid()) of_client.emplace(*subject_.pid());
    const auto begin = SteadyClock::now();

    const WrittenTraffic written = setup_.traffic.Write(redis_);
    if (probe_) probe_->StopWriting();
    AwaitWorkedOff(written.sums);

    TakeTraffic(written);
    TakeRedis(of_redis);
    if (of_client) TakeClient(*of_client, Since(begin));
    TakeAround();
    return std::move(outcome_);
  }

 private:
  [[nodiscard]] bool HasRows() const { return !subject_.db().empty(); }

  /// The clients that ask while it runs.
  void StartAround() {
    if (!HasRows()) return;
    const bool serves = setup_.subject == SubjectKind::kServe;
    const std::string api = serves ? subject_.Api(std::string("/api/apikeys/") + DelayProbe::kKey) : "";
    probe_ = std::make_unique<DelayProbe>(redis_.Connect(), subject_.db(), api, setup_.seed);
    if (serves)
      asker_ = std::make_unique<ApiAsker>(
          [address = subject_.Api("")](const std::string& path) { return address + path; });
  }

  void AwaitWorkedOff(UsageSums written) {
    const auto last_write = SteadyClock::now();
    if (HasRows()) {
      probe_->AddTo(written);
      AwaitRows(written);
    } else if (subject_.pid()) {
      counted_ = subject_.AwaitCount(kToWorkOff);
    } else {
      return;
    }
    outcome_.figures.done_ms = Since(last_write) * 1000;
  }

  void AwaitRows(const UsageSums& written) {
    const DatabaseRows rows(subject_.db());
    std::string version;
    const bool is_exact = testing::WaitFor([&] {
      const std::string now = rows.Value("SELECT data_version FROM pragma_data_version");
      if (now == version) return false;
      version = now;
      return Differences(written, rows.SumLevel(Level::kHour)).empty();
    });
    outcome_.figures.exact_percent = is_exact ? 100 : 0;
    if (!is_exact) outcome_.differences = Differences(written, rows.SumLevel(Level::kHour));
    outcome_.drift_rows = std::stoll(rows.Value("SELECT count(*) FROM drift"));
    outcome_.gap_rows = std::stoll(rows.Value("SELECT count(*) FROM gaps"));
  }

  void TakeTraffic(const WrittenTraffic& written) {
    outcome_.seconds = written.seconds;
    outcome_.generator_cpu = written.generator_cpu;
    outcome_.figures.rate = static_cast<double>(written.requests) / written.seconds;
  }

  void TakeRedis(const Spending& of_redis) {
    outcome_.redis_cpu = of_redis.CpuSeconds();
    const CommandBooks books = ParseCommandStats(control_.Text({"INFO", "commandstats"}));
    Figures& figures = outcome_.figures;
    figures.events = static_cast<double>(RaisedEvents(books));
    if (figures.events == 0) throw std::runtime_error("the traffic raised no events");
    figures.redis_cpu = outcome_.redis_cpu / figures.events * 1e6;
    if (!subject_.pid()) return;
    const CommandBook all = AllCommands(books);
    const CommandBook client = ClientCommands(books);
    figures.redis_share_percent = static_cast<double>(client.micros) / static_cast<double>(all.micros) * 100;
    figures.commands = static_cast<double>(client.calls) / figures.events * 1e6;
  }

  void TakeClient(const Spending& of_client, double seconds) {
    Figures& figures = outcome_.figures;
    outcome_.client_cpu = of_client.CpuSeconds();
    double seen = figures.events;
    if (counted_) {
      seen = static_cast<double>(counted_->events);
      figures.seen_percent = seen / figures.events * 100;
      figures.cuts = static_cast<double>(counted_->connections - 1);
    } else if (HasRows()) {
      figures.cuts = static_cast<double>(subject_.Sessions() - 1);
      outcome_.complaints = subject_.Complaints();
    }
    figures.client_cpu = outcome_.client_cpu / seen * 1e6;
    figures.wakeups = of_client.WakeUpsIn(seconds);
    figures.peak_rss_mib = PeakMebibytes(of_client.pid());
    figures.disk_mib = of_client.DiskMebibytes();
  }

  void TakeAround() {
    if (asker_) {
      asker_->Stop();
      outcome_.figures.failed_answers = static_cast<double>(asker_->failed());
    }
    if (!probe_) return;
    Figures& figures = outcome_.figures;
    const DelayProbe::Delays delays = probe_->Finish();
    if (!delays.row_ms.empty()) {
      const Spread spread = SpreadOf(delays.row_ms);
      figures.delay_p50_ms = spread.p50;
      figures.delay_p99_ms = spread.p99;
      figures.delay_max_ms = spread.max;
    }
    if (!delays.answer_ms.empty()) {
      const Spread spread = SpreadOf(delays.answer_ms);
      figures.http_p50_ms = spread.p50;
      figures.http_p99_ms = spread.p99;
      figures.http_max_ms = spread.max;
    }
  }

  const RunSetup& setup_;
  testing::TempDir directory_;
  testing::RedisServer redis_;
  RedisClient control_ = redis_.Connect();
  // Asked before the books are emptied: an INFO in them is a client's.
  pid_t redis_pid_ = static_cast<pid_t>(LineValue(control_.Text({"INFO", "server"}), "process_id"));
  Subject subject_;
  std::unique_ptr<DelayProbe> probe_;
  std::unique_ptr<ApiAsker> asker_;
  std::optional<Counted> counted_;
  RunOutcome outcome_;
};

}  // namespace

RunOutcome MeasureRun(const RunSetup& setup) {
  return MeasuredRun(setup).Take();
}

}  // namespace keymeter::e2e
