#pragma once

#include <cstdint>
#include <optional>

#include "processor/metering/offset_detector.h"
#include "processor/pipeline/processor_options.h"
#include "processor/storage/window_writer.h"
#include "schema/error.h"

namespace keymeter::processor {

/// The UTC offset that a run begins with. A plain value.
struct StartOffset {
  std::optional<std::int64_t> seconds;  ///< empty: to be found
  OffsetOrigin origin = OffsetOrigin::kUnknown;
};

/// Decides by what the operator says, what the relay has shown, and what the file was metered by; puts the
/// file right when that was wrong and nothing but an inference (or an earlier --utc-offset).
///
/// What live traffic agreed with is final: --utc-offset may not contradict it.
/// Threads: the one that opens the file. Errors: kInvalid, which names the remedy.
/// Tested by tests/processor/pipeline/start_offset_test.cc.
[[nodiscard]] Result<StartOffset> SettleStartOffset(const ProcessorOptions& options, WindowWriter& writer);

}  // namespace keymeter::processor
