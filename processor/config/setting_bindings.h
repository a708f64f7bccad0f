#pragma once

#include <span>
#include <string>
#include <string_view>

#include "processor/config/options.h"
#include "schema/error.h"

namespace keymeter::processor {

/// Where a setting's value goes in the tree of options.
///
/// Settings without a binding depend on others: the Redis user and password (see credentials.h).
/// Threads: any; the table is constant. Tested by tests/processor/config/options_test.cc.
struct SettingBinding {
  std::string_view name;  ///< of the setting
  /// Parses the text and stores the value. An error says what the setting takes.
  Status (*store)(const std::string& text, Options& into);
};

/// In the order of AllSettings.
[[nodiscard]] std::span<const SettingBinding> AllBindings();

}  // namespace keymeter::processor
