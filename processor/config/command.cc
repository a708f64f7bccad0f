#include "processor/config/command.h"

namespace keymeter::processor {

std::string_view CommandName(Command command) {
  switch (command) {
    case Command::kRun:
      return "run";
    case Command::kProcess:
      return "process";
    case Command::kServe:
      return "serve";
    case Command::kHealthcheck:
      return "healthcheck";
    case Command::kStatus:
      return "status";
    case Command::kCheck:
      return "check";
    case Command::kRebuild:
      return "rebuild";
    case Command::kBackup:
      return "backup";
    case Command::kTokenCreate:
      return "token create";
    case Command::kTokenList:
      return "token list";
    case Command::kTokenRevoke:
      return "token revoke";
  }
  return "";
}

}  // namespace keymeter::processor
