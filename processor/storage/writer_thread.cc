#include "processor/storage/writer_thread.h"

#include <chrono>
#include <utility>

#include "schema/mutex.h"
#include "schema/thread_name.h"

namespace keymeter::processor {

WriterThread::WriterThread(WindowWriter writer, std::function<void()> on_done, const FileLimits& limits)
    : inode_watch_(writer.database().path()),
      on_done_(std::move(on_done)),
      writer_(std::move(writer)),
      maintenance_(limits),
      thread_([this] { Run(); }) {}

WriterThread::~WriterThread() {
  if (thread_.joinable()) Join();
}

void WriterThread::Submit(WriteBatch&& batch, std::int64_t roll_up_until, std::int64_t reached) {
  {
    const MutexLock lock(mutex_);
    is_busy_ = true;
    next_ = Job{std::move(batch), roll_up_until, reached};
  }
  changed_.notify_all();
}

bool WriterThread::IsBusy() {
  const MutexLock lock(mutex_);
  return is_busy_ || outcome_.has_value();
}

std::optional<WriterThread::Outcome> WriterThread::TakeOutcome() {
  const MutexLock lock(mutex_);
  return std::exchange(outcome_, std::nullopt);
}

std::optional<WriterThread::Outcome> WriterThread::WaitForOutcome() {
  MutexLock lock(mutex_);
  while (is_busy_) changed_.wait(lock);
  return std::exchange(outcome_, std::nullopt);
}

WindowWriter WriterThread::Join() {
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  return std::move(writer_);
}

std::optional<WriterThread::Job> WriterThread::WaitForJob() {
  MutexLock lock(mutex_);
  while (!next_ && !is_stopping_) changed_.wait(lock);
  return std::exchange(next_, std::nullopt);
}

void WriterThread::Run() {
  NameThread("km-writer");
  while (auto job = WaitForJob()) {
    Outcome outcome = WriteOne(std::move(*job));
    {
      const MutexLock lock(mutex_);
      outcome_ = std::move(outcome);
      is_busy_ = false;
    }
    changed_.notify_all();
    on_done_();
  }
}

Status WriterThread::WriteWithinLimits(Job& job, Outcome& outcome) {
  const auto has_room = maintenance_.MakeRoom(writer_.database());
  outcome.is_held = has_room && !*has_room;
  Status written = has_room ? Status() : Fail(has_room.error().In("empty the WAL"));
  if (outcome.is_held)
    written = Fail(ErrorCode::kUnavailable,
                   "a reader's transaction keeps the WAL of {:.1f} MB (at most {:.1f}) from being emptied",
                   static_cast<double>(WalBytes(writer_.database().path())) / 1e6,
                   static_cast<double>(maintenance_.limits().max_wal_bytes) / 1e6);
  // An audit and history compare closed buckets as a whole, so those are rolled up first.
  if (written && (job.batch.audit || !job.batch.history.empty())) (void)writer_.RollUp(job.roll_up_until);
  OrderAsTables(job.batch);
  if (written) written = writer_.Write(job.batch);
  if (!written) outcome.refused = std::move(job.batch);
  return written;
}

WriterThread::Outcome WriterThread::WriteOne(Job job) {
  const auto begin = std::chrono::steady_clock::now();
  Outcome outcome;
  const Status in_place = inode_watch_.CheckInPlace();
  if (in_place) {
    outcome.status = WriteWithinLimits(job, outcome);
  } else {
    outcome.status = in_place;
    outcome.refused = std::move(job.batch);
  }
  if (!outcome.refused) {
    outcome.findings = writer_.TakeFindings();
    outcome.history = writer_.TakeHistoryFindings();
  }
  // A roll-up that fails is done by the next one; meanwhile the views add the minutes. Likewise the removal
  // of old rows.
  if (outcome.status) outcome.status = writer_.RollUp(job.roll_up_until);
  if (outcome.status && job.reached > 0) outcome.status = maintenance_.Trim(writer_, job.reached);
  if (!outcome.refused)
    if (auto report = writer_.TakePriceReport()) outcome.prices = *report;
  if (auto figures = maintenance_.Figures(writer_)) outcome.file = *figures;
  outcome.is_final = !in_place || (!outcome.status && outcome.status.error().code == ErrorCode::kCorrupt);
  outcome.duration_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

}  // namespace keymeter::processor
