#pragma once

#include <array>
#include <cstdint>

#include "query-api/endpoints/api_context.h"
#include "query-api/push/push_hub.h"
#include "query-api/push/refresh_scheduler.h"

namespace keymeter::query_api {

/// Reads the states that clients have subscribed to from the file, and gives them to the hub.
///
/// It has no thread and no clock for its rounds: see PushThread.
/// Threads: one. Lifetime: borrows context and hub. Bounds: a round reads at most kMaxReads entities (0.1 ms
/// each), and with the first account or group what all accounts used in the last ten minutes; entities
/// without a first state and those that were just used come first.
class PushPublisher {
 public:
  static constexpr std::size_t kMaxReads = 512;
  /// A subscription to a whole kind with more entities is refused: lists serve that better.
  static constexpr std::size_t kMaxOfAll = 10'000;

  PushPublisher(ApiContext& context, PushHub& hub) : context_(context), hub_(hub) {}

  enum class Round : std::uint8_t {
    kAll,         ///< everything that may have changed: once per flush
    kOnlyUnread,  ///< only states that a client waits for
  };
  struct Outcome {
    bool is_wanted = false;                 ///< there is a subscription
    bool is_behind = false;                 ///< a client still waits for a first state
    std::int64_t flush_interval_ms = 1000;  ///< of the processor that writes the file
  };
  Outcome Publish(Round round);

 private:
  struct Work;
  Status PublishFrom(Work& work, const std::vector<PushInterest>& interests);
  Status PublishOne(Work& work, const PushInterest& interest);
  Status PublishEntities(Work& work, const PushInterest& interest);
  /// The ids that are wanted: of a whole kind, all that the file has and all that were read before.
  Result<std::set<std::string>> IdsOf(Work& work, const PushInterest& interest);
  void PublishFailure(const Error& error, const std::vector<PushInterest>& interests);
  [[nodiscard]] RefreshScheduler& SchedulerOf(Role role, PushKind kind);
  void ForgetAllBut(const std::vector<PushInterest>& interests);

  ApiContext& context_;
  PushHub& hub_;
  std::array<std::array<RefreshScheduler, kPushKinds>, 2> schedulers_;
  std::int64_t flush_interval_ms_ = 1000;
  bool has_failed_ = false;
};

}  // namespace keymeter::query_api
