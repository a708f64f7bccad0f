#include "processor/redis/scan_queue.h"

#include <algorithm>
#include <utility>

#include "processor/redis/reply_shapes.h"
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
  return 1 + (IsError(reply) ? 0 : reply.element[1]->elements / kMembersAUnit);
}

std::string_view NameOf(const ScanQueue::Job& job) {
  return job.set.empty() ? job.glob : job.set;
}

}  // namespace

ScanQueue::ScanQueue(const EventLoop& loop, RedisLink& link, LoadPacer& pacer, LeftOut& left_out,
                     const Limits& limits)
    : loop_(loop), link_(link), pacer_(pacer), left_out_(left_out), limits_(limits), next_step_(loop, [this] {
        GoOn();
      }) {}

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
  steps_ = members_ = 0;
  has_long_member_ = false;
  listing_before_us_ = pacer_.listing_us();
  earlier_cursor_.clear();
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
    log::Warn("cannot list members", {{"where", NameOf(job)}, {"reply", TextOf(reply)}});
    return FinishJob(false);
  }
  TakeMembers(*reply.element[1]);
  if (job.is_enough && job.is_enough()) return FinishJob(false);
  std::string cursor(TextOf(*reply.element[0]));
  if (cursor == "0") {
    left_out_.Remove(LeftOut::Kind::kListing, NameOf(job));
    if (!has_long_member_) left_out_.Remove(LeftOut::Kind::kMember, NameOf(job));
    // Of the key space it may be anybody's: the others were seen, and it is said that this one was not.
    return FinishJob(job.set.empty() || !has_long_member_);
  }
  if (const std::string_view why = WhyEndless(cursor); !why.empty()) {
    left_out_.Add(LeftOut::Kind::kListing, NameOf(job), why, "the rest of it is not listed");
    return FinishJob(false);
  }
  Step(std::move(cursor));
}

void ScanQueue::TakeMembers(const Reply& members) {
  const Job& job = jobs_.front();
  bool has_long = false;
  for (std::size_t i = 0; i < members.elements; ++i) {
    const Reply& member = *members.element[i];
    has_long |= IsError(member);
    if (!IsError(member)) job.on_member(TextOf(member));
  }
  members_ += static_cast<std::int64_t>(members.elements);
  if (!has_long) return;
  has_long_member_ = true;
  left_out_.Add(LeftOut::Kind::kMember, NameOf(job), "a member is longer than 1 MB", "it is not listed");
}

/// No cursor comes twice in a listing, whatever happens to the table meanwhile: each step goes on from where
/// the one before it ended. A cycle of any length is seen when it meets the cursor that was kept (Brent).
std::string_view ScanQueue::WhyEndless(std::string_view cursor) {
  ++steps_;
  if (cursor == earlier_cursor_ || cursor == cursor_) return "its cursor comes again";
  if ((steps_ & (steps_ - 1)) == 0) earlier_cursor_ = cursor;
  if (!jobs_.front().set.empty() && members_ > limits_.members) return "it has too many members";
  return steps_ > MostSteps() ? "it has too many steps" : "";
}

/// Of the key space a step takes a thousand places of a table of which at least a tenth is in use.
std::int64_t ScanQueue::MostSteps() const {
  constexpr std::int64_t kSlack = 1000;
  constexpr std::int64_t kKeysAStep = 1000 / 16;
  if (!jobs_.front().set.empty()) return limits_.steps;
  const std::int64_t keys = key_count_ ? key_count_() : 0;
  return keys == 0 ? limits_.key_steps : std::min(limits_.key_steps, kSlack + keys / kKeysAStep);
}

/// Only one listing is under way at a time: what listings took since it began is its own.
void ScanQueue::NoteCost(bool is_whole) {
  const std::int64_t cost_ms = (pacer_.listing_us() - listing_before_us_) / 1000;
  key_space_cost_ms_ = is_whole ? cost_ms : std::max(key_space_cost_ms_, cost_ms);
}

void ScanQueue::FinishJob(bool is_whole) {
  if (!jobs_.front().glob.empty()) NoteCost(is_whole);
  const auto on_done = std::move(jobs_.front().on_done);
  jobs_.pop_front();
  if (on_done) on_done(is_whole);
  StartFirst();
}

}  // namespace keymeter::processor
