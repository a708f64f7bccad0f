#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace keymeter::query_api {

/// Compresses bytes that come piece by piece into one gzip member (RFC 1952), by zlib.
///
/// Threads: one at a time. Bounds: about 300 KiB of memory.
class GzipWriter {
 public:
  /// zlib's: 1 is the fastest, 9 the smallest. Throws std::bad_alloc.
  explicit GzipWriter(int level);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  /// Appends to `out` what is ready of it. After `is_last` nothing more may be added.
  void Add(std::string_view bytes, bool is_last, std::string& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

/// All of it at once, at a level that is worth it for bodies that are kept. Throws std::bad_alloc.
[[nodiscard]] std::string Gzip(std::string_view bytes);

}  // namespace keymeter::query_api
