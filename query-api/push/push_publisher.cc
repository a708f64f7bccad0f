#include "query-api/push/push_publisher.h"

#include <algorithm>

#include "query-api/push/push_reader.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::query_api {

/// What one round reads from, and how far it has come.
struct PushPublisher::Work {
  Work(Snapshot taken, UsageCaches& caches, Round of_round, const DataStamp& of_stamp)
      : snapshot(std::move(taken)), entities(snapshot, caches), round(of_round), stamp(of_stamp) {}

  Snapshot snapshot;
  EntityReader entities;
  Round round;
  DataStamp stamp;
  std::size_t reads_left = kMaxReads;
  bool is_behind = false;
};

PushPublisher::Outcome PushPublisher::Publish(Round round) {
  const auto interests = hub_.Interests();
  ForgetAllBut(interests);
  if (interests.empty()) return {false, false, flush_interval_ms_};
  auto snapshot = context_.TakeSnapshot();
  if (!snapshot) {
    PublishFailure(snapshot.error(), interests);
    return {true, false, flush_interval_ms_};
  }
  flush_interval_ms_ = snapshot->state.flush_interval_ms;
  const std::int64_t now_s = snapshot->now_ms / 1000;
  const DataStamp stamp{.file_id = snapshot->lease.file_id(),
                        .data_version = snapshot->state.data_version,
                        .hour = BucketOf(Level::kHour, now_s, 0),
                        .day = BucketOf(Level::kDay, now_s, snapshot->state.utc_offset_s)};
  Work work(std::move(*snapshot), context_.caches, round, stamp);
  if (auto published = PublishFrom(work, interests); !published) {
    PublishFailure(published.error(), interests);
    return {true, false, flush_interval_ms_};
  }
  has_failed_ = false;
  return {true, work.is_behind, flush_interval_ms_};
}

Status PushPublisher::PublishFrom(Work& work, const std::vector<PushInterest>& interests) {
  for (const PushInterest& interest : interests) {
    RETURN_IF_ERROR(HasIds(interest.kind) ? PublishEntities(work, interest) : PublishOne(work, interest));
  }
  return {};
}

Status PushPublisher::PublishOne(Work& work, const PushInterest& interest) {
  RefreshScheduler& scheduler = SchedulerOf(interest.role, interest.kind);
  if (scheduler.Due(interest.ids, work.stamp, work.round == Round::kOnlyUnread).empty()) return {};
  PushState state;
  if (interest.kind == PushKind::kAlert) {
    state = AlertState(UnhealthyReasons(work.snapshot.state, work.snapshot.now_ms), work.snapshot.now_ms);
  } else {
    ASSIGN_OR_RETURN(auto metrics, ReadMetricsState(work.snapshot, context_.caches));
    state = std::move(metrics);
  }
  hub_.Publish(interest.role, {interest.kind}, state.json, state.essence);
  scheduler.MarkRead("", work.stamp, true, {});
  return {};
}

Status PushPublisher::PublishEntities(Work& work, const PushInterest& interest) {
  RefreshScheduler& scheduler = SchedulerOf(interest.role, interest.kind);
  ASSIGN_OR_RETURN(const auto ids, IdsOf(work, interest));
  std::vector<std::string> due = scheduler.Due(ids, work.stamp, work.round == Round::kOnlyUnread);
  RefreshScheduler::Uses uses;
  if (due.size() > work.reads_left) {
    ASSIGN_OR_RETURN(auto read, ReadRecentUse(work.snapshot, interest.kind));
    uses = std::move(read);
    scheduler.Prefer(due, uses);
    due.resize(work.reads_left);
  }
  work.reads_left -= due.size();
  for (const std::string& id : due) {
    const PushTopic topic{interest.kind, id};
    ASSIGN_OR_RETURN(const auto state, work.entities.Read(interest.role, topic));
    if (state) {
      hub_.Publish(interest.role, topic, state->json, state->essence);
      scheduler.MarkRead(id, work.stamp, state->changes_by_time, uses);
    } else if (hub_.PublishMissing(interest.role, topic)) {
      scheduler.MarkRead(id, work.stamp, false, uses);
    } else {
      scheduler.Forget(id);
    }
  }
  const bool is_behind = !scheduler.Due(ids, work.stamp, true).empty();
  if (interest.all && !is_behind) hub_.PublishComplete(interest.role, interest.kind);
  work.is_behind = work.is_behind || is_behind;
  return {};
}

Result<std::set<std::string>> PushPublisher::IdsOf(Work& work, const PushInterest& interest) {
  std::set<std::string> ids = interest.ids;
  if (!interest.all) return ids;
  ASSIGN_OR_RETURN(const auto all, ReadEntityIds(work.snapshot, interest.kind, kMaxOfAll + 1));
  if (all.size() > kMaxOfAll) {
    hub_.RefuseAll(interest.role, interest.kind,
                   fmt::format("there are more than {}: subscribe by id", kMaxOfAll));
    return ids;
  }
  ids.insert(all.begin(), all.end());
  SchedulerOf(interest.role, interest.kind).AddKnownTo(ids);  // some may have left the file
  return ids;
}

void PushPublisher::PublishFailure(const Error& error, const std::vector<PushInterest>& interests) {
  const bool is_internal = error.code == ErrorCode::kInternal;
  if (is_internal && !has_failed_) log::Fault("push failed", {{"reason", error.Text()}});
  has_failed_ = true;
  const std::string detail = is_internal ? "internal error" : error.Text();
  const PushState alert = AlertState({{HealthReason::Kind::kUnreadable, 0, detail}}, context_.clock.WallMs());
  for (const PushInterest& interest : interests)
    if (interest.kind == PushKind::kAlert)
      hub_.Publish(interest.role, {PushKind::kAlert}, alert.json, alert.essence);
  hub_.PublishUnavailable(detail);
}

RefreshScheduler& PushPublisher::SchedulerOf(Role role, PushKind kind) {
  return schedulers_.at(static_cast<std::size_t>(role)).at(static_cast<std::size_t>(kind));
}

void PushPublisher::ForgetAllBut(const std::vector<PushInterest>& interests) {
  for (const Role role : {Role::kViewer, Role::kAdmin}) {
    for (std::size_t i = 0; i < kPushKinds; ++i) {
      const auto kind = static_cast<PushKind>(i);
      const auto interest = std::find_if(interests.begin(), interests.end(), [&](const PushInterest& each) {
        return each.role == role && each.kind == kind;
      });
      if (interest == interests.end()) {
        SchedulerOf(role, kind).ForgetAllBut({});
      } else if (!interest->all) {
        SchedulerOf(role, kind).ForgetAllBut(interest->ids);
      }
    }
  }
}

}  // namespace keymeter::query_api
