#include "processor/source/entity_json.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

#include <nlohmann/json.hpp>

namespace keymeter::processor {

namespace {

using Json = nlohmann::json;
using Fields = std::vector<std::pair<std::string, std::string>>;

/// Takes the listed members out of the parser's events, and says what the parser may see of what comes next.
class ListedMembers {
 public:
  explicit ListedMembers(const Fields& fields) : fields_(fields), values_(fields.size()) {}

  /// Member names of the outer object, and the value behind a listed one.
  [[nodiscard]] bool IsNextVisible() const { return depth_ <= 1 && (!is_value_next_ || listed_.has_value()); }

  [[nodiscard]] Fields Take() {
    Fields taken;
    for (std::size_t i = 0; i < fields_.size(); ++i)
      if (values_[i]) taken.emplace_back(fields_[i].first, std::move(*values_[i]));
    return taken;
  }

  // What nlohmann's parser calls; false ends it.
  bool null() { return EndValue(); }
  bool boolean(bool value) { return Keep(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) { return Keep(fmt::format("{}", value)); }
  bool number_unsigned(std::uint64_t value) { return Keep(fmt::format("{}", value)); }
  bool number_float(double /*value*/, const std::string& text) { return Keep(text); }
  bool string(const std::string& text) { return Keep(text); }
  bool binary(Json::binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*size*/) { return Descend(); }
  bool end_object() { return Ascend(); }
  bool start_array(std::size_t /*size*/) { return depth_ > 0 && Descend(); }
  bool end_array() { return Ascend(); }
  bool key(const std::string& name) {
    if (depth_ != 1) return true;
    const auto is_named = [&name](const auto& field) { return field.second == name; };
    const auto found = std::find_if(fields_.begin(), fields_.end(), is_named);
    listed_.reset();
    if (found != fields_.end()) listed_ = static_cast<std::size_t>(found - fields_.begin());
    if (listed_) values_[*listed_].reset();
    is_value_next_ = true;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const Json::exception& /*error*/) {
    return false;
  }

 private:
  bool Keep(std::string text) {
    if (depth_ == 1 && listed_) values_[*listed_] = std::move(text);
    return EndValue();
  }
  bool EndValue() {
    if (depth_ == 1) is_value_next_ = false;
    return depth_ > 0;
  }
  bool Descend() { return ++depth_ <= kMostJsonDepth; }
  bool Ascend() {
    --depth_;
    if (depth_ == 1) is_value_next_ = false;
    return true;
  }

  const Fields& fields_;
  std::vector<std::optional<std::string>> values_;
  int depth_ = 0;
  bool is_value_next_ = false;
  std::optional<std::size_t> listed_;  ///< which of the fields the value belongs to
};

/// The text as the parser may see it: its shape, with every string and number in it that is not to be seen
/// blinded. Escapes are two bytes of a string at least, so a blinded one ends where the real one does.
class BlindedText {
 public:
  explicit BlindedText(const ListedMembers& members) : members_(members) {}

  char Show(char c) {
    if (!is_in_string_) {
      is_in_string_ = c == '"';
      return c >= '0' && c <= '9' && !members_.IsNextVisible() ? '1' : c;
    }
    if (!is_escaped_ && c == '"') {
      is_in_string_ = false;
      return c;
    }
    is_escaped_ = !is_escaped_ && c == '\\';
    return members_.IsNextVisible() ? c : '.';
  }

 private:
  const ListedMembers& members_;
  bool is_in_string_ = false;
  bool is_escaped_ = false;
};

/// Reads the text through the blind: an input iterator, each byte once.
class BlindedIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  BlindedIterator(const char* at, BlindedText* blind) : at_(at), blind_(blind) {}
  char operator*() const { return blind_->Show(*at_); }
  BlindedIterator& operator++() {
    ++at_;
    return *this;
  }
  bool operator==(const BlindedIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  BlindedText* blind_;
};

}  // namespace

Result<Fields> ReadJsonFields(std::string_view text, const Fields& fields) {
  if (text.size() > kMostJsonBytes)
    return Fail(ErrorCode::kInvalid, "is JSON of {} bytes, more than {}", text.size(), kMostJsonBytes);
  ListedMembers members(fields);
  BlindedText blind(members);
  const bool is_read = Json::sax_parse(BlindedIterator(text.data(), &blind),
                                       BlindedIterator(text.data() + text.size(), &blind), &members);
  // Why not is not told: a parser's error quotes what it stumbled over.
  if (!is_read) return Fail(ErrorCode::kInvalid, "is no JSON object that can be read");
  return members.Take();
}

}  // namespace keymeter::processor
