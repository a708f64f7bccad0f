#pragma once

#include <span>

#include "processor/config/command.h"

/// The texts of `--help`, except those of settings (see settings.cc) and flags (see command_line.cc).
/// Tested by tests/processor/config/command_line_test.cc.
namespace keymeter::processor {

struct CommandHelp {
  Command command;
  const char* about;
  const char* footer;
};

[[nodiscard]] std::span<const CommandHelp> AllCommands();

extern const char* const kProgramAbout;
extern const char* const kProgramFooter;
extern const char* const kTokenAbout;  ///< of the group `token`
extern const char* const kTokenFooter;

}  // namespace keymeter::processor
