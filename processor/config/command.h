#pragma once

#include <cstdint>
#include <string_view>

namespace keymeter::processor {

/// What the program can be asked to do. Tested by tests/processor/config/settings_test.cc.
enum class Command : std::uint8_t {
  kRun,
  kProcess,
  kServe,
  kHealthcheck,
  kStatus,
  kCheck,
  kRebuild,
  kBackup,
  kTokenCreate,
  kTokenList,
  kTokenRevoke
};

[[nodiscard]] std::string_view CommandName(Command command);  ///< "run", "token create", …

}  // namespace keymeter::processor
