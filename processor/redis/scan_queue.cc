#include "processor/redis/scan_queue.h"

#include <utility>

#include "processor/redis/reply_shapes.h"
#include "processor/redis/scan_reply.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::string_view kStepSize = "1000";
constexpr std::int64_t kFullWaitMs = 20;

/// What a step cost: see LoadPacer::OnStep. Of the key space Redis looks at every key, whether it matches or
/// not.
std::size_t UnitsOf(const ScanQueue::Job& job, const Reply& reply) {
  constexpr std::size_t kMembersAUnit = 50;
  constexpr std::size_t kUnitsOfKeySpace = 20;
  if (job.set.empty()) return kUnitsOfKeySpace;
  return 1 + (IsScanReply(reply) ? reply.element[1]->elements / kMembersAUnit : 0);
}

}  // namespace

void ScanQueue::Add(Job job) {
  loop_.AssertInLoopThread("ScanQueue::Add");
  jobs_.push_back(std::move(job));
  if (!is_running_) StartFirst();
}

void ScanQueue::AddMarker(std::function<void()> on_reached) {
  Add({"", "", nullptr, [call = std::move(on_reached)](bool) { call(); }});
}

void ScanQueue::AddSteps(std::function<bool()> step) {
  Job job{"", "", nullptr, nullptr};
  job.step = std::move(step);
  Add(std::move(job));
}

void ScanQueue::StartFirst() {
  is_running_ = !jobs_.empty();
  if (!is_running_) return;
  if (jobs_.front().step) return next_step_.StartIn(0);
  IsMarker(jobs_.front()) ? FinishJob(true) : Step("0");
}

void ScanQueue::GoOn() {
  if (is_full_ && is_full_()) return next_step_.StartIn(kFullWaitMs);
  if (!jobs_.front().step) return SendStep();
  jobs_.front().step() ? next_step_.StartIn(0) : FinishJob(true);
}

void ScanQueue::Clear() {
  loop_.AssertInLoopThread("ScanQueue::Clear");
  next_step_.Stop();
  jobs_.clear();
  is_running_ = false;
  ++generation_;
}

void ScanQueue::Step(std::string cursor) {
  cursor_ = std::move(cursor);
  const std::int64_t wait_ms = pacer_.WaitMs(SteadyUs());
  wait_ms > 0 ? next_step_.StartIn(wait_ms) : GoOn();
}

void ScanQueue::SendStep() {
  const Job& job = jobs_.front();
  const auto on_reply = [this, generation = generation_](const Reply& reply) {
    if (generation == generation_) OnStep(reply);
  };
  sent_us_ = SteadyUs();
  if (job.set.empty()) {
    link_.commands().Command({"SCAN", cursor_, "MATCH", job.glob, "COUNT", kStepSize}, on_reply, CheckScan);
  } else {
    link_.commands().Command({"SSCAN", job.set, cursor_, "COUNT", kStepSize}, on_reply, CheckScan);
  }
}

void ScanQueue::OnStep(const Reply& reply) {
  const Job& job = jobs_.front();
  pacer_.OnStep(sent_us_, SteadyUs(), UnitsOf(job, reply));
  if (IsError(reply)) {
    log::Warn("cannot list members",
              {{"where", job.set.empty() ? job.glob : job.set}, {"reply", TextOf(reply)}});
    return FinishJob(false);
  }
  const Reply& members = *reply.element[1];
  for (std::size_t i = 0; i < members.elements; ++i)
    if (members.element[i]->type == REDIS_REPLY_STRING) job.on_member(TextOf(*members.element[i]));
  if (job.is_enough && job.is_enough()) return FinishJob(false);
  std::string cursor(TextOf(*reply.element[0]));
  cursor == "0" ? FinishJob(true) : Step(std::move(cursor));
}

void ScanQueue::FinishJob(bool is_whole) {
  const auto on_done = std::move(jobs_.front().on_done);
  jobs_.pop_front();
  if (on_done) on_done(is_whole);
  StartFirst();
}

}  // namespace keymeter::processor
