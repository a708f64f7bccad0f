#include "tests/support/gunzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "query-api/http/spool_file.h"

namespace keymeter::query_api {

std::optional<std::string> Gunzip(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int code = Z_OK;
  while (code == Z_OK) {
    const std::size_t had = out.size();
    out.resize(had + 65'536);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = 65'536;
    code = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  const bool is_whole = code == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return is_whole ? std::optional(out) : std::nullopt;
}

std::string BodyOf(const Response& response) {
  if (!response.file) return response.Bytes();
  auto bytes = ReadAt(response.file->file, 0, static_cast<std::size_t>(response.file->bytes));
  EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().message);
  if (!bytes) return "";
  EXPECT_EQ(bytes->size(), response.file->bytes);
  return std::move(*bytes);
}

}  // namespace keymeter::query_api
