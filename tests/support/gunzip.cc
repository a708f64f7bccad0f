#include "tests/support/gunzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

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
  if (!response.stream) return response.Bytes();
  std::string body;
  for (;;) {
    const auto has_more = response.stream(body);
    EXPECT_TRUE(has_more) << (has_more ? "" : has_more.error().message);
    if (!has_more || !*has_more) return body;
  }
}

}  // namespace keymeter::query_api
