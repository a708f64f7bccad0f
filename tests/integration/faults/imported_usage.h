#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "benchmarks/relay_load/life_commands.h"
#include "schema/civil_time.h"
#include "tests/integration/faults/relay_hashes.h"

namespace keymeter::testing {

/// What another relay exported: keys of its own and two of the schedule's, their days and months by model,
/// and the same with their hours without a model. The same whenever it comes in the course of a world, so
/// nothing of it may count twice.
///
/// Its days lie before all traffic, wherever a fault sets the clocks, and the relay still keeps them then.
/// Its months are those before the traffic's, and that one: there the relay contradicts itself by design, for
/// the script writes the exported value over what stands there.
class ImportedUsage {
 public:
  /// `start_ms`: when the schedule began.
  explicit ImportedUsage(std::int64_t start_ms);

  [[nodiscard]] static const std::vector<std::string>& KeyIds();
  [[nodiscard]] const relay_load::Snapshot& exported() const { return exported_; }
  /// By model: what rows may hold of days or months (`level`) that begin before Traffic(level).
  [[nodiscard]] const LevelSums& By(Level level) const { return level == Level::kDay ? days_ : months_; }
  /// The first day or month in which the relay's own traffic may be.
  [[nodiscard]] std::int64_t Traffic(Level level) const;

 private:
  void AddKey(const std::string& id);
  void AddDay(const UsageId& series, std::int64_t day);
  void AddMonth(const UsageId& series, std::int64_t month);
  void AddToTotal(const std::string& hash, const Amounts& amounts);

  const std::int64_t start_s_;
  relay_load::Snapshot exported_;
  LevelSums days_;
  LevelSums months_;
  std::map<std::string, Amounts> totals_;  ///< of all models
};

}  // namespace keymeter::testing
