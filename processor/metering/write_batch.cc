#include "processor/metering/write_batch.h"

#include <algorithm>
#include <tuple>

namespace keymeter::processor {

void OrderAsTables(WriteBatch& batch) {
  std::sort(batch.growth.begin(), batch.growth.end(), [](const GrowthRow& a, const GrowthRow& b) {
    return std::tie(a.level, a.bucket, a.series) < std::tie(b.level, b.bucket, b.series);
  });
  std::sort(batch.readings.begin(), batch.readings.end(), [](const ReadingRow& a, const ReadingRow& b) {
    return std::tie(a.hour, a.series) < std::tie(b.hour, b.series);
  });
}

}  // namespace keymeter::processor
