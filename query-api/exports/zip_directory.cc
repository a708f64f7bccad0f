#include "query-api/exports/zip_directory.h"

namespace keymeter::query_api {

namespace {

// PKWARE's APPNOTE, 4.3.12 and 4.3.16; numbers are little endian.
constexpr std::uint64_t kZipEndBytes = 22;
constexpr std::string_view kZipEndMark("PK\5\6", 4);
constexpr std::size_t kEndDirectoryBytes = 12;
constexpr std::size_t kEndDirectoryOffset = 16;
constexpr std::size_t kZipHeaderBytes = 46;
constexpr std::string_view kZipHeaderMark("PK\1\2", 4);
constexpr std::size_t kUnpackedBytes = 24;
constexpr std::size_t kZipNameBytes = 28;
constexpr std::size_t kZipExtraBytes = 30;
constexpr std::size_t kZipCommentBytes = 32;
constexpr std::size_t kMostDirectoryBytes = 1'048'576;

std::uint32_t ZipNumberAt(std::string_view bytes, std::size_t place, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = width; i > 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[place + i - 1]);
  return value;
}

tl::unexpected<Error> ZipNotWhole() {
  return Fail(ErrorCode::kUnavailable, "the file of the export is not whole: is its disk full?");
}

}  // namespace

Result<std::uint64_t> FindZipEntryBytes(const SpoolFile& file, std::string_view name) {
  ASSIGN_OR_RETURN(const auto size, file.Size());
  if (size < kZipEndBytes) return ZipNotWhole();
  const auto end = file.Read(size - kZipEndBytes, kZipEndBytes);
  if (!end) return Fail(end.error());
  if (end->size() != kZipEndBytes || !end->starts_with(kZipEndMark)) return ZipNotWhole();
  const std::size_t directory_bytes = ZipNumberAt(*end, kEndDirectoryBytes, 4);
  if (directory_bytes > kMostDirectoryBytes) return ZipNotWhole();
  ASSIGN_OR_RETURN(const auto directory,
                   file.Read(ZipNumberAt(*end, kEndDirectoryOffset, 4), directory_bytes));
  std::string_view rest = directory;
  while (rest.size() >= kZipHeaderBytes && rest.starts_with(kZipHeaderMark)) {
    const std::size_t name_bytes = ZipNumberAt(rest, kZipNameBytes, 2);
    const std::size_t entry_bytes = kZipHeaderBytes + name_bytes + ZipNumberAt(rest, kZipExtraBytes, 2) +
                                    ZipNumberAt(rest, kZipCommentBytes, 2);
    if (rest.size() < entry_bytes) return ZipNotWhole();
    if (rest.substr(kZipHeaderBytes, name_bytes) == name) return ZipNumberAt(rest, kUnpackedBytes, 4);
    rest.remove_prefix(entry_bytes);
  }
  return ZipNotWhole();
}

}  // namespace keymeter::query_api
