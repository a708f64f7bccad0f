#include "processor/commands/rebuild_command.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>

#include <unistd.h>

#include "processor/commands/progress_line.h"
#include "processor/commands/rebuild_report.h"
#include "processor/storage/integrity.h"
#include "processor/storage/stored_state.h"
#include "processor/storage/wal_files.h"
#include "processor/storage/writer_lock.h"
#include "schema/migrations.h"

namespace keymeter::processor {

namespace {

/// What is wrong with the file; "" for a sound file. An error: not damage, so this command cannot mend it.
Result<std::string> DamageOf(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return Fail(ErrorCode::kRefused, "{} is not there: keymeter process makes it", path);
  ASSIGN_OR_RETURN(auto database, Database::Open(path, Database::Mode::kReadOnly));
  Status sound = CheckReadable(database);
  const bool is_older = !sound && sound.error().code == ErrorCode::kUnavailable;
  if (sound || is_older) sound = CheckStructure(database);
  if (sound && !is_older) {
    SeriesRegistry registry;
    CounterTable counters;
    LostAmounts lost;
    if (const auto state = LoadState(database, registry, counters, lost); !state) sound = Fail(state.error());
  }
  if (sound) return "";
  if (sound.error().code != ErrorCode::kCorrupt) return Fail(sound.error());
  return sound.error().Text();
}

/// Says once what the user can do when no counter is read.
class Hint {
 public:
  explicit Hint(const Clock& clock) : clock_(clock), begin_ms_(clock.MonotonicMs()) {}
  void ShowWhenDue() {
    constexpr std::int64_t kPatienceMs = 5000;
    if (is_shown_ || clock_.MonotonicMs() - begin_ms_ < kPatienceMs) return;
    is_shown_ = true;
    std::fputs(
        "nothing is read yet: is Redis there? Where nothing shows the relay's UTC offset, name it: "
        "--utc-offset. Ctrl-C changes nothing.\n",
        stderr);
  }

 private:
  const Clock& clock_;
  const std::int64_t begin_ms_;
  bool is_shown_ = false;
};

/// Waits, while the processor runs on another thread, until the relay's history is read or the processor
/// ended.
void AwaitHistory(const ProcessorMetrics& metrics, const std::atomic<bool>& has_ended, const Clock& clock) {
  constexpr std::chrono::milliseconds kLook{100};
  Hint hint(clock);
  ProgressLine progress("counters read");
  while (!has_ended && !metrics.is_history_read) {
    std::this_thread::sleep_for(kLook);
    const std::int64_t done = metrics.readings;
    done > 0 ? progress.Show(done, done + metrics.backlog) : hint.ShowWhenDue();
  }
  if (!has_ended) progress.Show(1, 1);
}

Status ReadHistory(Processor& processor, const Clock& clock) {
  std::atomic<bool> has_ended = false;
  Status result;
  std::thread run([&] {
    result = processor.Run();
    has_ended = true;
  });
  AwaitHistory(processor.metrics(), has_ended, clock);
  const bool is_read = processor.metrics().is_history_read;
  processor.Stop();  // writes what was read
  run.join();
  if (result && !is_read && !processor.shown_offset_s())
    return Fail(ErrorCode::kUnavailable, "interrupted: nothing was changed");
  return result;
}

/// Reads all into the file; what is found on the way: how many series. An offset that was only inferred, and
/// that live keys contradict meanwhile, is taken back as `run` does it: what was read moves, the rest is read
/// by the right one.
Result<std::int64_t> ReadAll(ProcessorOptions settings, const Clock& clock) {
  while (true) {
    ASSIGN_OR_RETURN(const auto processor, Processor::Open(settings, clock));
    RETURN_IF_ERROR(ReadHistory(*processor, clock));
    settings.shown_offset_s = processor->shown_offset_s();
    if (!settings.shown_offset_s) return processor->metrics().series;
  }
}

/// Makes the new file. When that fails, nothing of it is left.
Status MakeNew(RebuildOptions options, const Clock& clock) {
  const std::string path = options.processor.db_path;
  const std::string source = options.processor.redis.url.Display();
  RemoveDatabase(path);
  const auto series = ReadAll(std::move(options.processor), clock);
  Status made = series ? Status() : Fail(series.error());
  if (series && *series == 0 && !options.force)
    made = Fail(ErrorCode::kRefused,
                "the relay at {} keeps no usage: nothing was changed (is --redis right? --force does it all "
                "the same)",
                source);
  ::unlink(WriterLock::PathOf(path).c_str());
  if (!made) RemoveDatabase(path);
  return made;
}

Status Judge(const RebuildOptions& options, const std::string& damage) {
  const std::string& path = options.processor.db_path;
  if (damage.empty() && !options.force)
    return Fail(ErrorCode::kRefused, "{} is sound: nothing to rebuild (--force does it all the same)", path);
  const std::string state = damage.empty() ? "sound" : "damaged: " + damage;
  std::printf("%s is %s\n", path.c_str(), state.c_str());
  return {};
}

/// `--dry-run`: says what would be done.
Status Announce(const RebuildOptions& options, std::int64_t now_ms) {
  const std::string& path = options.processor.db_path;
  const auto holder = WriterLock::FindHolder(path);
  if (holder && *holder)
    std::printf("would be refused: it is written by keymeter process %d\n", static_cast<int>((*holder)->pid));
  std::printf(
      "would be done:\n"
      "  1  read the history that the relay keeps at %s into a new file\n"
      "  2  move %s with its -wal and -shm to %s\n"
      "  3  put the new file in its place\n"
      "nothing was touched\n",
      options.processor.redis.url.Display().c_str(), path.c_str(),
      AsidePath(ResolvedPath(path), "damaged", now_ms).c_str());
  return {};
}

/// Makes both moves or none; signals are ignored meanwhile.
Status Swap(const std::string& path, const std::string& fresh, const std::string& aside) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  RETURN_IF_ERROR(MoveDatabase(path, aside));
  const auto moved = MoveDatabase(fresh, path);
  if (moved) return {};
  if (auto back = MoveDatabase(aside, path); !back)
    return Fail(ErrorCode::kUnavailable, "{}; the damaged file stands at {}, the new one at {}",
                moved.error().Text(), aside, fresh);
  return Fail(moved.error());
}

Status Replace(RebuildOptions options, const Clock& clock) {
  const std::string path = ResolvedPath(options.processor.db_path);
  ASSIGN_OR_RETURN(const auto lock, WriterLock::Take(path, clock.WallMs()));
  const std::string fresh = path + ".rebuilding";
  options.processor.db_path = fresh;
  RETURN_IF_ERROR(MakeNew(std::move(options), clock));
  const std::string aside = AsidePath(path, "damaged", clock.WallMs());
  RETURN_IF_ERROR(Swap(path, fresh, aside));
  const auto report = RebuildReport(path, aside);
  std::fputs(report ? report->c_str() : report.error().Text().c_str(), stdout);
  return {};
}

Status Run(RebuildOptions options, const Clock& clock) {
  // Before the lock is taken: it would leave a lock file beside a file that is not ours.
  ASSIGN_OR_RETURN(const auto damage, DamageOf(options.processor.db_path));
  RETURN_IF_ERROR(Judge(options, damage));
  return options.dry_run ? Announce(options, clock.WallMs()) : Replace(std::move(options), clock);
}

}  // namespace

int Rebuild(RebuildOptions options, const Clock& clock) {
  const Status done = Run(std::move(options), clock);
  if (done) return 0;
  std::fprintf(stderr, "keymeter: %s\n", done.error().Text().c_str());
  return 1;
}

}  // namespace keymeter::processor
