#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_summary.h"
#include "schema/error.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// When an account was last used.
struct LastUse {
  std::string at;              ///< RFC 3339; "": never, as far as is known
  bool is_from_usage = false;  ///< what was metered says so, and not the relay
};

/// When accounts were last used, as their usage says it: the begin of the finest bucket that has their newest
/// request.
///
/// For accounts that the last ten minutes do not show (LiveRates::last_use shows those). What was found is
/// kept for a minute: only what is recovered afterwards can change it. Which buckets there are to look in is
/// the same for all accounts, and is read once for each state of the file. Threads: any; nothing is read
/// under the lock. Bounds: kMostKept accounts; 0.2 ms to find one.
/// Tested by tests/query-api/usage/last_use_test.cc.
class LastUseCache {
 public:
  static constexpr std::size_t kMostKept = 10'000;
  static constexpr std::int64_t kKeptMs = 60'000;

  explicit LastUseCache(std::size_t most_kept = kMostKept) : most_kept_(most_kept) {}

  /// Epoch seconds; nothing when no request is known.
  [[nodiscard]] Result<std::optional<std::int64_t>> Of(Snapshot& snapshot, std::string_view account)
      EXCLUDES(mutex_);
  /// The later of that and of what the relay says ("" or RFC 3339).
  [[nodiscard]] Result<LastUse> Later(Snapshot& snapshot, std::string_view account, const UsageSummary& usage,
                                      std::string_view by_relay) EXCLUDES(mutex_);

 private:
  struct Found {
    std::uint64_t file_id = 0;
    std::int64_t at_ms = 0;
    std::optional<std::int64_t> used_s{};
  };
  /// Where the look-up begins. Lists as JSON, as SQL takes them.
  struct Buckets {
    FileVersion version;
    std::string open_minutes;  ///< rolled up into no hour yet
    std::string months;
  };
  using BucketsPtr = std::shared_ptr<const Buckets>;

  [[nodiscard]] Result<BucketsPtr> BucketsNow(Snapshot& snapshot) EXCLUDES(mutex_);
  [[nodiscard]] static Result<std::optional<std::int64_t>> Find(Snapshot& snapshot, const Buckets& buckets,
                                                                std::string_view account);

  const std::size_t most_kept_;
  mutable Mutex mutex_;
  std::map<std::string, Found, std::less<>> found_ GUARDED_BY(mutex_);
  BucketsPtr buckets_ GUARDED_BY(mutex_);
};

}  // namespace keymeter::query_api
