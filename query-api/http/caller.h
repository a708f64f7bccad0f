#pragma once

#include <cstdint>
#include <string>

namespace keymeter::query_api {

/// What somebody may see. A viewer reads usage; an admin also reads who owns a key, the error messages of
/// accounts, and the export of everything.
enum class Role : std::uint8_t { kViewer, kAdmin };

/// Who sent a request, as far as the gate found out.
struct Caller {
  Role role = Role::kAdmin;
  std::string name{};     ///< of its token, for the access log; "" without credentials
  std::string address{};  ///< the client's own address, also behind a trusted proxy

  [[nodiscard]] bool IsAdmin() const { return role == Role::kAdmin; }
  /// Stands in the keys of what is kept, so that nobody gets what was made for another role.
  [[nodiscard]] char RoleMark() const { return IsAdmin() ? 'a' : 'v'; }
};

}  // namespace keymeter::query_api
