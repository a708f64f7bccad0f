#include "processor/source/profile_probe.h"

#include <string_view>
#include <utility>

namespace keymeter::processor {

namespace {

/// The counter's own key first, then those of its coarser levels.
const KeyPattern& Pattern(const CounterSpec& counter, std::size_t number) {
  return number == 0 ? counter.key : counter.coarser[number - 1].key;
}

}  // namespace

void ProfileProbe::Start(Look look, std::function<void(std::size_t)> on_found,
                         std::function<void(bool)> on_done) {
  on_found_ = std::move(on_found);
  on_done_ = std::move(on_done);
  look_ = look;
  is_empty_ = is_running_ = true;
  LookFor(0);
}

void ProfileProbe::LookFor(std::size_t spec) {
  while (spec < plan_.counters().size() && !plan_.IsCandidate(spec)) ++spec;
  if (spec == plan_.counters().size()) return Finish();
  is_found_ = false;
  LookFor(spec, 0);
}

void ProfileProbe::Finish() {
  is_running_ = false;
  const auto done = std::move(on_done_);  // it may end the session, and this probe
  done(is_empty_);
}

void ProfileProbe::LookFor(std::size_t spec, std::size_t pattern) {
  scans_.Add({"", Pattern(plan_.counters()[spec], pattern).Glob(),
              [this, spec, pattern](std::string_view key) {
                const CounterSpec& counter = plan_.counters()[spec];
                KeyParts parts;
                is_found_ |= Pattern(counter, pattern).Match(key, parts) && !counter.IsExcluded(parts.id);
              },
              [this, spec, pattern](bool is_whole) {
                is_empty_ &= is_whole && !is_found_;
                const std::size_t patterns = 1 + plan_.counters()[spec].coarser.size();
                if (!is_found_ && look_ == Look::kAll && pattern + 1 < patterns)
                  return LookFor(spec, pattern + 1);
                if (is_found_) on_found_(spec);
                LookFor(spec + 1);
              },
              [this] { return is_found_; }});
}

}  // namespace keymeter::processor
