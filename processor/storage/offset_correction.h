#pragma once

#include <cstdint>

#include "processor/metering/offset_detector.h"
#include "processor/storage/window_writer.h"
#include "schema/error.h"

namespace keymeter::processor {

/// Whether the file holds counters without a period. Their growth lies where our clock put it, whatever the
/// offset was, so CorrectOffset cannot move it. Also of a file that is open for reading only.
[[nodiscard]] Result<bool> HasUndatedCounters(Database& database);

/// Puts right a file that was metered by a wrong UTC offset, in one transaction: every bucket that a key's
/// date or hour named moves by the difference, with its readings and adjustments.
///
/// Exact, and nothing is lost, because the key's own date and hour were stored by the wrong offset, each by
/// the same one (see storage/DESIGN.md). What was taken of a day or month that was still open is given back.
/// What came by our clock (gaps, coverage) stays. Minutes become untimed growth of their hours: our clock
/// chose them by the wrong hour. Afterwards the baseline, days and months are read anew: what the relay holds
/// decides about what was not found under the wrong names. Not for counters without a period beside dated
/// ones in one profile (no shipped one has both). Threads: that of the writer; before any batch is written by
/// the new offset. Tested by tests/processor/storage/offset_correction_test.cc.
[[nodiscard]] Status CorrectOffset(WindowWriter& writer, std::int64_t from_s, std::int64_t to_s,
                                   OffsetOrigin origin);

}  // namespace keymeter::processor
