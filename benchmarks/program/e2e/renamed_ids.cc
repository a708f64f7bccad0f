#include "benchmarks/program/e2e/renamed_ids.h"

#include <stdexcept>

#include <fmt/format.h>

namespace keymeter::e2e {

namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kFirstHyphen = 8;
constexpr std::size_t kNumberDigits = 3;

}  // namespace

void RenamedIds::Add(const std::string& id) {
  if (id.size() != kUuidLength || id.find('-') != kFirstHyphen) throw std::runtime_error(id + " is no UUID");
  ids_.insert(id);
}

std::string RenamedIds::InCopy(std::string_view id, unsigned copy) {
  if (copy == 0) return std::string(id);
  return fmt::format("{:03x}", copy) + std::string(id.substr(kNumberDigits));
}

std::string RenamedIds::TextInCopy(std::string_view text, unsigned copy) const {
  std::string renamed(text);
  for (std::size_t at = 0; (at = text.find('-', at)) != std::string_view::npos; ++at) {
    if (at < kFirstHyphen) continue;
    const std::string id(text.substr(at - kFirstHyphen, kUuidLength));
    if (ids_.contains(id)) renamed.replace(at - kFirstHyphen, id.size(), InCopy(id, copy));
  }
  return renamed;
}

}  // namespace keymeter::e2e
