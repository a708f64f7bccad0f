#pragma once

namespace keymeter::testing {

/// Whether this machine has ::1; containers often lack it.
[[nodiscard]] bool HasIpv6();

}  // namespace keymeter::testing
