#include "processor/redis/notify_flags.h"

namespace keymeter::processor {

namespace {

constexpr std::string_view kClassesInA = "g$lshzxetd";

}  // namespace

std::string WithNotifyFlags(std::string_view present, std::string_view wanted) {
  std::string flags(present);
  const bool has_all_classes = present.find('A') != std::string_view::npos;
  for (char flag : wanted) {
    const bool implied = has_all_classes && kClassesInA.find(flag) != std::string_view::npos;
    if (!implied && flags.find(flag) == std::string::npos) flags += flag;
  }
  return flags;
}

}  // namespace keymeter::processor
