#pragma once

#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// Writes where metering stands, and the heartbeat. Raises the data version when another part wrote what
/// readers show.
///
/// Written behind every part that sets BatchContext::has_new_data.
/// Threads and lifetime: see BatchPart.
/// Tested by tests/processor/storage/window_writer_test.cc and stored_state_test.cc.
class StateWriter final : public RowsPart<StateRows> {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;

 private:
  [[nodiscard]] Status WriteRows(const StateRows& rows, BatchContext& context) override;

  Statement put_profile_use_;
  Statement put_state_;
};

}  // namespace keymeter::processor
