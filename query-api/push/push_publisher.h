#pragma once

#include <array>
#include <cstdint>

#include "query-api/endpoints/api_context.h"
#include "query-api/push/push_hub.h"
#include "query-api/push/refresh_scheduler.h"

namespace keymeter::query_api {

/// Reads from the file what is subscribed to, and gives it to the hub.
///
/// Threads: one. Lifetime: borrows both. Bounds: a round reads at most kMaxReads entities (0.1 ms each),
/// those first that wait for their first state or were just used.
class PushPublisher {
 public:
  static constexpr std::size_t kMaxReads = 512;
  /// Who subscribes to all of a kind that has more is refused: that is a matter for lists.
  static constexpr std::size_t kMaxOfAll = 10'000;

  PushPublisher(ApiContext& context, PushHub& hub) : context_(context), hub_(hub) {}

  enum class Round : std::uint8_t {
    kAll,         ///< whatever may have changed: once a flush
    kOnlyUnread,  ///< what somebody waits for
  };
  struct Outcome {
    bool is_wanted = false;                 ///< somebody has subscribed to something
    bool is_behind = false;                 ///< somebody still waits for a first state
    std::int64_t flush_interval_ms = 1000;  ///< of the file's processor
  };
  Outcome Publish(Round round);

 private:
  struct Work;
  Status PublishFrom(Work& work, const std::vector<PushInterest>& interests);
  Status PublishOne(Work& work, const PushInterest& interest);
  Status PublishEntities(Work& work, const PushInterest& interest);
  /// Those that are wanted; adds all that there are when all are wanted.
  Result<std::set<std::string>> IdsOf(Work& work, const PushInterest& interest);
  void PublishFailure(const Error& error, const std::vector<PushInterest>& interests);
  [[nodiscard]] RefreshScheduler& PlanOf(Role role, PushKind kind);
  void ForgetAllBut(const std::vector<PushInterest>& interests);

  ApiContext& context_;
  PushHub& hub_;
  std::array<std::array<RefreshScheduler, kPushKinds>, 2> plans_;
  std::int64_t flush_interval_ms_ = 1000;
  bool has_failed_ = false;
};

}  // namespace keymeter::query_api
