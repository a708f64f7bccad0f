#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "schema/civil_time.h"

namespace keymeter::processor {

/// Collects which closed buckets one batch changes; BucketChangeWriter writes them down.
///
/// Threads: one at a time.
/// Bounds: a batch's changed buckets, some of them twice; no allocation once it has grown.
/// Tested by tests/processor/storage/bucket_change_writer_test.cc.
class BucketChanges {
 public:
  using Change = std::pair<Level, std::int64_t>;

  void Clear() { list_.clear(); }
  void Note(Level level, std::int64_t bucket) {
    // Growth comes by bucket, and is noted for up to three levels: mostly the bucket is among the last.
    const Change change{level, bucket};
    const auto recent = list_.size() > 4 ? list_.end() - 4 : list_.begin();
    if (std::find(recent, list_.end(), change) == list_.end()) list_.push_back(change);
  }
  /// Each bucket once, in order.
  [[nodiscard]] const std::vector<Change>& Sorted() {
    std::sort(list_.begin(), list_.end());
    list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
    return list_;
  }

 private:
  std::vector<Change> list_;
};

}  // namespace keymeter::processor
