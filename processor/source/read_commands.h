#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/metering/series_registry.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Writes the commands that read counters: `HMGET key field…`, the fields of the counter's profile and
/// nothing else. What all counters of a spec share is made once, the text of an hour once an hour.
///
/// Threads: loop thread. Lifetime: borrows the specs, which must not move. Bounds: no allocation but the
/// growth of what is appended to.
class ReadCommands {
 public:
  explicit ReadCommands(const std::vector<CounterSpec>& specs);

  void SetOffset(std::int64_t utc_offset_s);
  /// `spec`: one of those given; `hour`: epoch seconds, or kNoPeriod.
  void Append(std::string& commands, const CounterSpec& spec, const Series& series, std::int64_t hour);

 private:
  const std::vector<CounterSpec>& specs_;
  std::vector<std::string> heads_;   ///< by spec: up to the key
  std::vector<std::string> fields_;  ///< by spec: behind the key
  std::int64_t utc_offset_s_ = 0;
  std::int64_t hour_ = -1;  ///< the hour of the texts below
  std::string date_text_;
  std::string hour_text_;
  std::string key_;
};

}  // namespace keymeter::processor
