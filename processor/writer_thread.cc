#include "processor/writer_thread.h"

#include <chrono>
#include <utility>

namespace keymeter::processor {

WriterThread::WriterThread(WindowWriter writer, std::function<void()> on_done)
    : writer_(std::move(writer)),
      file_(writer_.database().path()),
      on_done_(std::move(on_done)),
      thread_([this] { Run(); }) {}

WriterThread::~WriterThread() {
  if (thread_.joinable()) Join();
}

void WriterThread::Submit(WriteBatch&& batch, std::int64_t roll_up_until) {
  {
    const std::lock_guard lock(mutex_);
    is_busy_ = true;
    next_ = std::move(batch);
    next_roll_up_until_ = roll_up_until;
  }
  changed_.notify_all();
}

bool WriterThread::IsBusy() {
  const std::lock_guard lock(mutex_);
  return is_busy_ || outcome_.has_value();
}

std::optional<WriterThread::Outcome> WriterThread::TakeOutcome() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outcome_, std::nullopt);
}

std::optional<WriterThread::Outcome> WriterThread::WaitForOutcome() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !is_busy_; });
  return std::exchange(outcome_, std::nullopt);
}

WindowWriter WriterThread::Join() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  return std::move(writer_);
}

void WriterThread::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || next_.has_value(); });
    if (!next_) return;
    WriteBatch batch = std::move(*next_);
    next_.reset();
    const std::int64_t roll_up_until = next_roll_up_until_;
    lock.unlock();
    Outcome outcome = WriteOne(std::move(batch), roll_up_until);
    lock.lock();
    outcome_ = std::move(outcome);
    is_busy_ = false;
    changed_.notify_all();
    lock.unlock();
    on_done_();
    lock.lock();
  }
}

WriterThread::Outcome WriterThread::WriteOne(WriteBatch batch, std::int64_t roll_up_until) {
  const auto begin = std::chrono::steady_clock::now();
  Outcome outcome;
  const Status in_place = file_.CheckInPlace();
  // Closed buckets are compared whole.
  if (in_place && (batch.audit || !batch.history.empty())) (void)writer_.RollUp(roll_up_until);
  outcome.status = in_place ? writer_.Write(batch) : in_place;
  if (!outcome.status) outcome.refused = std::move(batch);
  outcome.findings = writer_.TakeFindings();
  // A roll-up that fails is done by the next one: the views add the minutes meanwhile.
  if (outcome.status) outcome.status = writer_.RollUp(roll_up_until);
  if (!outcome.refused)
    if (auto report = writer_.TakePriceReport()) outcome.prices = *report;
  outcome.is_final = !in_place || (!outcome.status && outcome.status.error().code == ErrorCode::kCorrupt);
  outcome.duration_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

}  // namespace keymeter::processor
