#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::processor {

/// An error reply of Redis as an Error: `code` says whether it may pass by itself (loading, busy, full) or
/// will not (password, rights), `reason` which case it is, `remedy` what to do about it.
[[nodiscard]] Error ErrorOfReply(std::string_view text);
/// The same for a reply to AUTH, whose text may repeat the password.
[[nodiscard]] Error ErrorOfAuthReply(std::string_view text);
[[nodiscard]] Error ErrorOfSelectReply(std::string_view text, int database);

/// Our user may not run this command, whatever its key.
[[nodiscard]] bool IsForbiddenCommand(std::string_view text);
/// Redis does not know this command: too old, or it was renamed.
[[nodiscard]] bool IsUnknownCommand(std::string_view text);
/// The error is about one key (its type, our right to it) and will not pass; others say that Redis cannot
/// answer us.
[[nodiscard]] bool ConcernsOnlyItsKey(std::string_view text);

}  // namespace keymeter::processor
