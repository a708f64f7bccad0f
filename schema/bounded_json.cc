#include "schema/bounded_json.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace keymeter {

namespace {

using Json = nlohmann::json;

/// What nlohmann's parser calls; false ends it.
class DepthWatch {
 public:
  explicit DepthWatch(std::size_t most) : most_(most) {}

  [[nodiscard]] bool is_too_deep() const { return depth_ > most_; }
  [[nodiscard]] std::size_t error_byte() const { return error_byte_; }

  bool null() { return true; }
  bool boolean(bool /*value*/) { return true; }
  bool number_integer(std::int64_t /*value*/) { return true; }
  bool number_unsigned(std::uint64_t /*value*/) { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) { return true; }
  bool string(const std::string& /*text*/) { return true; }
  bool binary(const Json::binary_t& /*value*/) { return false; }
  bool key(const std::string& /*name*/) { return true; }
  bool start_object(std::size_t /*size*/) { return ++depth_ <= most_; }
  bool start_array(std::size_t /*size*/) { return ++depth_ <= most_; }
  bool end_object() { return Ascend(); }
  bool end_array() { return Ascend(); }
  bool parse_error(std::size_t byte, const std::string& /*token*/, const Json::exception& /*error*/) {
    error_byte_ = byte;
    return false;
  }

 private:
  bool Ascend() {
    --depth_;
    return true;
  }

  std::size_t most_;
  std::size_t depth_ = 0;
  std::size_t error_byte_ = 0;
};

/// "line 3, column 5" of a byte.
std::string PlaceOf(std::string_view json, std::size_t byte) {
  const std::string_view before = json.substr(0, byte == 0 ? 0 : byte - 1);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", line, before.size() - line_start + 1);
}

}  // namespace

Status CheckJson(std::string_view text, const JsonBounds& bounds) {
  if (text.size() > bounds.bytes)
    return Fail(ErrorCode::kInvalid, "is JSON of {} bytes, more than {}", text.size(), bounds.bytes);
  DepthWatch watch(bounds.depth);
  if (Json::sax_parse(text, &watch, Json::input_format_t::json, true, bounds.allows_comments)) return {};
  if (watch.is_too_deep()) return Fail(ErrorCode::kInvalid, "is nested deeper than {}", bounds.depth);
  return Fail(ErrorCode::kInvalid, "is not JSON at {}", PlaceOf(text, watch.error_byte()));
}

}  // namespace keymeter
