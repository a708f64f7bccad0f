#pragma once

#include <cstdint>

#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// Writes which closed buckets a batch changed, with the data version that the batch leads to. Readers who
/// keep closed buckets in memory read those again (table `bucket_change`; see query-api/DESIGN.md).
///
/// Written last: behind the state, which raises the data version.
/// Threads and lifetime: see BatchPart.
/// Bounds: kListed buckets in the file; the oldest are dropped, and `source_state.changes_from` says so.
class BucketChangeWriter final : public BatchPart {
 public:
  static constexpr std::int64_t kListed = 8192;

  [[nodiscard]] Status Prepare(Database& database) override;
  [[nodiscard]] Status Write(const WriteBatch& batch, BatchContext& context) override;

 private:
  Statement put_;
  Statement find_surplus_;
  Statement drop_;
  Statement put_dropped_;
};

}  // namespace keymeter::processor
