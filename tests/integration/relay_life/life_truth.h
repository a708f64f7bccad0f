#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "schema/civil_time.h"
#include "tests/support/bucket_sums.h"
#include "tests/support/database_rows.h"

namespace keymeter::testing {

/// What a relay has counted, item by item, each at the finest level at which the relay itself holds it: what
/// our rows of every hour, day and month must be. Made from the script of a test, never from our program.
///
/// Threads: one. Bounds: one item a request or imported counter.
class LifeTruth {
 public:
  explicit LifeTruth(std::int64_t offset_s) : offset_s_(offset_s) {}

  struct Item {
    Level level;
    std::int64_t at_s;  ///< any moment of the period of that level
    UsageId id;
    Amounts amounts;
    bool is_seen = false;
  };

  /// Level kMinute: somebody watched, and the minute is certain.
  void Add(Level level, std::int64_t at_s, const UsageId& id, const Amounts& amounts);
  /// A counter of a whole day or month holds this much: what is known of it so far and less than that is made
  /// up for at that level.
  void Raise(Level level, std::int64_t at_s, const UsageId& id, const Amounts& at_least);
  /// Somebody looks now. `finest`: the finest level at which the relay still holds an item that nobody has
  /// seen; nothing when it is gone for good.
  void See(const std::function<std::optional<Level>(const Item&)>& finest);
  /// From now on money is not compared: some of the relay's hashes hold none.
  void ForgetMoney() { has_money_ = false; }

  /// Where the file differs, by level and bucket; "" where nothing does. Of days and months that are not
  /// over, only what has an hour is expected. A minute may lack what was not watched, but never shows more.
  [[nodiscard]] std::string Differences(const DatabaseRows& rows, std::int64_t now_s) const;
  /// The same of hours and minutes only: what is right without an audit, too.
  [[nodiscard]] std::string HourDifferences(const DatabaseRows& rows, std::int64_t now_s) const;

 private:
  [[nodiscard]] std::string LevelDifferences(Level level, const DatabaseRows& rows, std::int64_t now_s) const;
  [[nodiscard]] BucketSums Expected(Level level, std::int64_t now_s) const;
  [[nodiscard]] bool IsOver(Level level, std::int64_t at_s, std::int64_t now_s) const;
  [[nodiscard]] BucketSums Compared(BucketSums sums) const;

  const std::int64_t offset_s_;
  bool has_money_ = true;
  std::vector<Item> items_;
};

}  // namespace keymeter::testing
