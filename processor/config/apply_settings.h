#pragma once

#include "processor/config/options.h"
#include "processor/config/setting_values.h"
#include "schema/error.h"

namespace keymeter::processor {

/// Fills the tree with what the values of one command mean, each by itself and together.
///
/// The first value that does not fit is the error; it names the flag, variable or key. Reads the files of
/// profile and password. Tested by tests/processor/config/apply_settings_test.cc.
[[nodiscard]] Status ApplySettings(const SettingValues& values, Options& options);

}  // namespace keymeter::processor
