#pragma once

#include <string>

#include "processor/config/options.h"
#include "processor/config/setting_values.h"

namespace keymeter::processor {

/// What the command line, the environment and the configuration file ask for: a command, or an exit with a
/// text.
struct Invocation {
  int exit_code = 0;            ///< with `text`: 0 for help, version or configuration, 2 for a usage error
  std::string text;             ///< for the terminal; empty: go on with `options`
  bool is_error = false;        ///< the text belongs on stderr
  bool shows_settings = false;  ///< the text is the settings in `options`, which `run` may still refuse
  Options options;
};

[[nodiscard]] Invocation ParseCommandLine(int argc, const char* const* argv, const Environment& environment);

}  // namespace keymeter::processor
