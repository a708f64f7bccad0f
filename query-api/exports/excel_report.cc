#include "query-api/exports/excel_report.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <thread>

#include <fcntl.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "query-api/exports/zip_directory.h"
#include "schema/file_descriptor.h"
#include "schema/hex.h"
#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kSheetEntry = "xl/worksheets/sheet1.xml";
constexpr std::int64_t kDaysTo1970 = 25'569;         ///< Excel counts days from 1899-12-30
constexpr std::size_t kMaxExcelTextBytes = 32'767;   ///< Excel's limit is as many characters
constexpr std::uint64_t kExcelCellBytes = 48;        ///< of XML around a value, at most
constexpr std::uint64_t kMaxXmlBytes = 0xf000'0000;  ///< sizes in the packed file have 32 bits

bool IsHex(char c) {
  return HexDigitValue(c) >= 0;
}

/// "_x0041_" is how Excel writes a character by its number.
bool LooksLikeEscape(std::string_view text) {
  return text.size() >= 7 && text.starts_with("_x") &&
         std::all_of(text.begin() + 2, text.begin() + 6, IsHex) && text[6] == '_';
}

/// A text as a cell can hold it: what XML cannot (NUL, U+FFFE, U+FFFF) is U+FFFD, and what would be read as a
/// character's number begins with that of its own "_".
std::string ExcelText(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string cell;
  for (std::string_view rest = text; !rest.empty();) {
    if (LooksLikeEscape(rest)) cell += "_x005F";
    const auto c = utf8::First(rest);
    const bool fits = c && c->value != 0 && c->value != 0xFFFE && c->value != 0xFFFF;
    const std::size_t bytes = c ? c->bytes : 1;
    cell += fits ? rest.substr(0, bytes) : kReplacement;
    rest.remove_prefix(bytes);
  }
  return std::string(utf8::Truncated(cell, kMaxExcelTextBytes));
}

tl::unexpected<Error> ExcelNotWritten() {
  return Fail(ErrorCode::kUnavailable, "the file of the export cannot be written: is its disk full?");
}

tl::unexpected<Error> ExcelStopping() {
  return Fail(ErrorCode::kUnavailable, "the server stops");
}

/// libxlsxwriter wants a path. This one is that of a file without a name, by a descriptor that stays open
/// as long as the book, so that its number cannot become another file's.
struct ExcelBook {
  std::string directory;
  std::string path;
  FileDescriptor descriptor;
  lxw_workbook* handle = nullptr;

  ~ExcelBook() {
    if (handle != nullptr) lxw_workbook_free(handle);
  }
  [[nodiscard]] lxw_error Close() { return workbook_close(std::exchange(handle, nullptr)); }
};

class ExcelWriter : public ReportWriter {
 public:
  ExcelWriter(SpoolFile& file, std::shared_ptr<ExcelBook> book, const ExcelOptions& options,
              const ReportColumns& columns)
      : file_(file), book_(std::move(book)), options_(options) {
    sheet_ = workbook_add_worksheet(book_->handle, options.sheet.c_str());
    date_ = workbook_add_format(book_->handle);
    format_set_num_format(date_, "yyyy-mm-dd");
    lxw_format* bold = workbook_add_format(book_->handle);
    format_set_bold(bold);
    for (const std::string_view column : columns) {
      Check(worksheet_write_string(sheet_, row_, column_, std::string(column).c_str(), bold));
      ++column_;
    }
    worksheet_set_column(sheet_, 0, static_cast<lxw_col_t>(columns.size() - 1), 16, nullptr);
    worksheet_freeze_panes(sheet_, 1, 0);
    NextRow();
  }

  void Text(std::string_view text) override {
    const std::string clean = ExcelText(text);
    Check(worksheet_write_string(sheet_, row_, column_++, clean.c_str(), nullptr));
    xml_bytes_ += kExcelCellBytes + 6 * clean.size();  // "&quot;"
  }
  void TextOrNothing(std::string_view text) override {
    if (text.empty()) {
      ++column_;
    } else {
      Text(text);
    }
  }
  void Date(std::string_view /*date*/, std::int64_t day) override {
    Number(static_cast<double>(day + kDaysTo1970), date_);
  }
  void Int(std::int64_t value) override { Number(static_cast<double>(value), nullptr); }
  void Real(double value) override { Number(value, nullptr); }
  void Flag(bool value) override {
    Check(worksheet_write_boolean(sheet_, row_, column_++, value ? 1 : 0, nullptr));
    xml_bytes_ += kExcelCellBytes;
  }
  void Usd(std::int64_t micros) override { Number(static_cast<double>(micros) / 1e6, nullptr); }

  Status EndRow() override {
    if (row_ >= kMaxExcelRows)
      return Fail(ErrorCode::kInvalid,
                  "format=excel takes at most {} rows, as many as a sheet has: ask for format=csv, or for "
                  "fewer days",
                  kMaxExcelRows - 1);
    if (error_ != LXW_NO_ERROR) return ExcelNotWritten();
    NextRow();
    // Its XML stands on the disk twice while it is packed, and then there is the file itself.
    if (xml_bytes_ > kMaxXmlBytes || 2 * xml_bytes_ + xml_bytes_ / 4 > file_.most_bytes())
      return Fail(ErrorCode::kUnavailable,
                  "the export needs more disk than it may take now: ask for format=csv, or for fewer days");
    return {};
  }

  Status Finish() override {
    // Neither of these is looked at by the library: a full disk would give a file that lacks rows.
    FILE* rows = sheet_->optimize_tmpfile;
    if (rows == nullptr || std::fflush(rows) != 0 || std::ferror(rows) != 0) return ExcelNotWritten();
    const long rows_bytes = std::ftell(rows);
    if (options_.is_stopping()) return ExcelStopping();
    RETURN_IF_ERROR(Pack());
    ASSIGN_OR_RETURN(const auto packed_bytes, FindZipEntryBytes(file_, kSheetEntry));
    if (rows_bytes < 0 || packed_bytes < static_cast<std::uint64_t>(rows_bytes)) return ExcelNotWritten();
    return {};
  }

 private:
  void NextRow() {
    ++row_;
    column_ = 0;
  }
  void Check(lxw_error error) {
    // What is beyond the last row EndRow says better.
    if (error != LXW_NO_ERROR && row_ < kMaxExcelRows) error_ = error;
  }
  void Number(double value, lxw_format* format) {
    Check(worksheet_write_number(sheet_, row_, column_++, value, format));
    xml_bytes_ += kExcelCellBytes + 8;
  }

  Status Pack() {
    std::promise<lxw_error> promise;
    auto packed = promise.get_future();
    std::thread thread([book = std::move(book_), result = std::move(promise)]() mutable {
      result.set_value(book->Close());
      book.reset();
    });
    while (packed.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) {
      if (!options_.is_stopping()) continue;
      thread.detach();
      return ExcelStopping();
    }
    thread.join();
    return packed.get() == LXW_NO_ERROR ? Status() : ExcelNotWritten();
  }

  SpoolFile& file_;
  std::shared_ptr<ExcelBook> book_;  ///< owns the sheet and the format too
  const ExcelOptions options_;
  lxw_worksheet* sheet_ = nullptr;
  lxw_format* date_ = nullptr;
  lxw_error error_ = LXW_NO_ERROR;
  lxw_row_t row_ = 0;
  lxw_col_t column_ = 0;
  std::uint64_t xml_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ReportWriter>> MakeExcelWriter(SpoolFile& file, const ReportColumns& columns,
                                                      const ExcelOptions& options) {
  auto book = std::make_shared<ExcelBook>();
  book->directory = options.directory;
  book->descriptor = FileDescriptor(::fcntl(file.descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!book->descriptor.IsOpen()) return ExcelNotWritten();
  book->path = fmt::format("/proc/self/fd/{}", book->descriptor.number());
  lxw_workbook_options settings{};
  settings.constant_memory = LXW_TRUE;
  settings.tmpdir = book->directory.data();
  book->handle = workbook_new_opt(book->path.c_str(), &settings);
  if (book->handle == nullptr) return ExcelNotWritten();
  return std::make_unique<ExcelWriter>(file, std::move(book), options, columns);
}

}  // namespace keymeter::query_api
