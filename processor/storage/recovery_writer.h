#pragma once

#include <cstdint>

#include "processor/metering/history_rows.h"
#include "processor/storage/growth_writer.h"
#include "processor/storage/stored_history.h"

namespace keymeter::processor {

/// Takes what the relay's days and months hold beyond our rows: as untimed growth of their bucket. What is
/// found after the first start is also listed in `recovered`: what, when, and by which level.
///
/// Not for amounts that only lack in the finer counters because those have no field for them: they are taken,
/// and nothing was missed.
/// Threads: that of its Database. Lifetime: not beyond the database that it was prepared for; borrows
/// `growth`.
/// Tested by tests/processor/storage/history_writer_test.cc and audit_writer_test.cc.
class RecoveryWriter {
 public:
  enum class Found : std::uint8_t { kFirst, kReturn, kAudit };

  explicit RecoveryWriter(GrowthWriter& growth) : growth_(growth) {}
  [[nodiscard]] Status Prepare(Database& database);
  [[nodiscard]] Status Take(const CoarseReading& reading, const HistoryVerdict& verdict, Found found,
                            BatchContext& context, HistoryFindings& findings);

 private:
  GrowthWriter& growth_;
  Statement list_;
};

}  // namespace keymeter::processor
