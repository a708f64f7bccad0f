#include "schema/crash_point.h"

namespace keymeter {

namespace {

CrashHook crash_hook = nullptr;

}  // namespace

void SetCrashHook(CrashHook hook) {
  crash_hook = hook;
}

void CrashPoint(std::string_view name) {
  if (crash_hook != nullptr) crash_hook(name);
}

}  // namespace keymeter
