#include "query-api/access/forwarded.h"

#include <algorithm>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

/// Reads the grammar of RFC 7239 from left to right.
class ForwardedReader {
 public:
  explicit ForwardedReader(std::string_view text) : text_(text) {}

  Result<std::vector<std::string>> Read() {
    std::vector<std::string> hops;
    do {
      ASSIGN_OR_RETURN(auto hop, ReadElement());
      hops.push_back(std::move(hop));
    } while (Take(','));
    if (at_ != text_.size()) return Wrong();
    return hops;
  }

 private:
  static tl::unexpected<Error> Wrong() {
    return Fail(ErrorCode::kInvalid, "the Forwarded header does not look like: for=203.0.113.7;proto=https");
  }

  void SkipBlanks() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }
  bool Take(char c) {
    SkipBlanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<std::string> ReadElement() {
    std::string hop;
    do {
      const std::string name = ReadWord();
      if (name.empty()) continue;  // an empty pair is allowed
      if (at_ == text_.size() || text_[at_] != '=') return Wrong();
      ++at_;
      ASSIGN_OR_RETURN(auto value, ReadValue());
      if (EqualsIgnoringCase(name, "for")) {
        if (!hop.empty()) return Wrong();
        hop = std::move(value);
      }
    } while (Take(';'));
    return hop;
  }

  std::string ReadWord() {
    SkipBlanks();
    const std::size_t end = std::min(text_.find_first_of(" \t,;=\"", at_), text_.size());
    std::string word(text_.substr(at_, end - at_));
    at_ = end;
    return word;
  }

  Result<std::string> ReadValue() {
    if (at_ == text_.size() || text_[at_] != '"') {
      std::string word = ReadWord();
      if (word.empty()) return Wrong();
      return word;
    }
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && ++at_ == text_.size()) return Wrong();
      value += text_[at_];
    }
    if (at_ == text_.size()) return Wrong();
    ++at_;
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> ForwardedForHops(std::string_view header) {
  std::vector<std::string> hops;
  for (std::size_t begin = 0; begin <= header.size();) {
    std::size_t end = std::min(header.find(',', begin), header.size());
    const std::size_t next = end + 1;
    while (begin < end && IsBlank(header[begin])) ++begin;
    while (begin < end && IsBlank(header[end - 1])) --end;
    hops.emplace_back(header.substr(begin, end - begin));
    begin = next;
  }
  return hops;
}

Result<std::vector<std::string>> ForwardedHops(std::string_view header) {
  return ForwardedReader(header).Read();
}

}  // namespace keymeter::query_api
