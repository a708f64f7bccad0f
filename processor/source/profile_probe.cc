#include "processor/source/profile_probe.h"

#include <string_view>
#include <utility>

namespace keymeter::processor {

void ProfileProbe::Start(std::function<void(std::size_t)> on_found, std::function<void(bool)> on_done) {
  on_found_ = std::move(on_found);
  on_done_ = std::move(on_done);
  is_empty_ = true;
  LookFor(0);
}

void ProfileProbe::LookFor(std::size_t spec) {
  while (spec < plan_.counters().size() && !plan_.IsCandidate(spec)) ++spec;
  if (spec == plan_.counters().size()) return on_done_(is_empty_);
  is_found_ = false;
  scans_.Add({"", plan_.counters()[spec].key.Glob(),
              [this, spec](std::string_view key) {
                const CounterSpec& counter = plan_.counters()[spec];
                KeyParts parts;
                is_found_ |= counter.key.Match(key, parts) && !counter.IsExcluded(parts.id);
              },
              [this, spec](bool is_whole) {
                is_empty_ &= is_whole && !is_found_;
                if (is_found_) on_found_(spec);
                LookFor(spec + 1);
              },
              [this] { return is_found_; }});
}

}  // namespace keymeter::processor
