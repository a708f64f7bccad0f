#include "processor/source/skipped_values.h"

#include "schema/log.h"

namespace keymeter::processor {

void SkippedValues::Add(SeriesId series, Level level, std::string_view when, std::string_view field,
                        std::string_view value) {
  ++count_;
  if (!logged_.insert(series).second) return;
  const Series& names = meter_.registry()[series];
  log::Warn("value skipped", {{"kind", EntityKindName(names.kind)},
                              {"id", names.entity},
                              {"model", names.model},
                              {LevelName(level), when},
                              {"field", field},
                              {"value", value.substr(0, 64)}});
}

}  // namespace keymeter::processor
