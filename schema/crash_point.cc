#include "schema/crash_point.h"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

namespace keymeter {

namespace {

struct Target {
  std::string name;  ///< "": nowhere
  std::atomic<int> passes_left{1};

  Target() {
    const char* const text = std::getenv("KEYMETER_TEST_CRASH_AT");  // NOLINT(concurrency-mt-unsafe)
    if (text == nullptr) return;
    const std::string_view all = text;
    const std::size_t colon = all.rfind(':');
    name = all.substr(0, colon);
    if (colon == std::string_view::npos) return;
    int passes = 1;
    std::from_chars(all.data() + colon + 1, all.data() + all.size(), passes);
    passes_left = passes;
  }
};

}  // namespace

void CrashPoint(std::string_view name) {
  static Target target;
  if (target.name.empty() || target.name != name) return;
  if (--target.passes_left == 0) std::raise(SIGKILL);
}

}  // namespace keymeter
