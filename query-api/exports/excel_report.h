#pragma once

#include <functional>
#include <memory>

#include "query-api/exports/report_writer.h"

namespace keymeter::query_api {

/// Rows of one sheet, the line of names included.
inline constexpr std::int64_t kMaxExcelRows = 1'048'576;

/// What a sheet is called, and where it is made.
struct ExcelOptions {
  std::string sheet;                  ///< its name; at most 31 bytes
  std::string directory;              ///< for temporary files of the size of the sheet's XML, twice
  std::function<bool()> is_stopping;  ///< asked while the file is packed
};

/// One sheet of an .xlsx, by libxlsxwriter: text is text, never a formula; days are dates.
///
/// Memory is constant, the disk takes about 1.5 KiB a row of 14 cells until the file is packed; both together
/// stay within the file's bound. Packing takes most of the time (12 µs a row) and cannot be interrupted:
/// when `is_stopping` says so meanwhile, Finish fails at once, and the packing ends with the process.
/// Lifetime: borrows the file. Tested by tests/query-api/exports/report_writer_test.cc.
[[nodiscard]] Result<std::unique_ptr<ReportWriter>> MakeExcelWriter(SpoolFile& file,
                                                                    const ReportColumns& columns,
                                                                    const ExcelOptions& options);

}  // namespace keymeter::query_api
