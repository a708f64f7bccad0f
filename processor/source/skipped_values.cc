#include "processor/source/skipped_values.h"

#include "schema/log.h"

namespace keymeter::processor {

void SkippedValues::Add(SeriesId series, Level level, std::int64_t bucket, std::string_view field,
                        std::string_view value) {
  ++count_;
  if (!bad_.insert_or_assign(series, Bucket{level, bucket}).second) return;
  const Series& names = meter_.registry()[series];
  log::Warn("value skipped", {{"kind", EntityKindName(names.kind)},
                              {"id", names.entity},
                              {"model", names.model},
                              {LevelName(level), bucket == kNoPeriod ? "none" : FormatRfc3339(bucket * 1000)},
                              {"field", field},
                              {"value", value.substr(0, 64)}});
}

}  // namespace keymeter::processor
