#include "processor/runtime/left_out.h"

#include <fmt/format.h>

#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kMostNameBytes = 256;  ///< of a name, in the log and here
constexpr std::string_view kMore = "…";      ///< stands for all beyond kMostNames

struct Words {
  std::string_view one;
  std::string_view several;
};

Words WordsOf(LeftOut::Kind kind) {
  switch (kind) {
    case LeftOut::Kind::kField:
      return {"1 field of an entity that is too long", "fields of entities that are too long"};
    case LeftOut::Kind::kEntity:
      return {"entities beyond the most that are kept", "kinds of entities beyond the most that are kept"};
    case LeftOut::Kind::kMember:
      return {"members of 1 set that are too many or too long",
              "sets' members that are too many or too long"};
    case LeftOut::Kind::kListing:
      return {"the rest of 1 listing that does not end", "listings that do not end"};
    case LeftOut::Kind::kCounter:
      return {"values of 1 counter that are too long", "counters with values that are too long"};
  }
  return {};
}

}  // namespace

void LeftOut::Add(Kind kind, std::string_view name, std::string_view why, std::string_view next) {
  Names& names = names_[static_cast<std::size_t>(kind)];
  const std::string_view cut = name.substr(0, kMostNameBytes);
  const std::string_view kept = names.size() < kMostNames || names.contains(cut) ? cut : kMore;
  const auto [met, is_new] = names.try_emplace(std::string(kept));
  met->second = clock_.MonotonicMs();
  if (!is_new) return;
  log::Warn("left out", {{"what", kept}, {"reason", why}, {"next", next}});
}

void LeftOut::Remove(Kind kind, std::string_view name) {
  Names& names = names_[static_cast<std::size_t>(kind)];
  if (names.empty()) return;
  const auto found = names.find(name.substr(0, kMostNameBytes));
  if (found == names.end()) return;
  names.erase(found);
  // There is room again for those beyond: whichever is still there is met again, and has a name then.
  if (names.size() > kMostNames) return;
  if (const auto more = names.find(kMore); more != names.end()) names.erase(more);
}

bool LeftOut::Has(Kind kind, std::string_view name) const {
  return names_[static_cast<std::size_t>(kind)].contains(name.substr(0, kMostNameBytes));
}

void LeftOut::Forget() {
  const std::int64_t oldest_ms = clock_.MonotonicMs() - kForgetMs;
  for (const Kind kind : {Kind::kMember, Kind::kListing, Kind::kCounter})
    std::erase_if(names_[static_cast<std::size_t>(kind)],
                  [oldest_ms](const auto& name) { return name.second < oldest_ms; });
}

std::int64_t LeftOut::count() const {
  std::size_t count = 0;
  for (const Names& names : names_) count += names.size();
  return static_cast<std::int64_t>(count);
}

std::string LeftOut::Text() const {
  std::string text;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const std::size_t count = names_[kind].size();
    if (count == 0) continue;
    const Words words = WordsOf(static_cast<Kind>(kind));
    text += text.empty() ? "left out: " : ", ";
    text += count == 1 ? std::string(words.one) : fmt::format("{} {}", count, words.several);
  }
  return text.empty() ? text : text + " (see the log)";
}

}  // namespace keymeter::processor
