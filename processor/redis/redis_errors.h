#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::processor {

/// Stands in the place of a text that was too long to be kept (ReplyReader).
inline constexpr std::string_view kTooLongText = "KEYMETER a text of more than 1 MB";

/// An error reply of Redis as an Error: `code` says whether it may pass by itself (loading, busy, full) or
/// will not (password, rights), `reason` which case it is, `remedy` what to do about it.
[[nodiscard]] Error ErrorOfReply(std::string_view text);
/// The same for a reply to AUTH, whose text is not repeated: it may hold the password.
[[nodiscard]] Error ErrorOfAuthReply(std::string_view text);
[[nodiscard]] Error ErrorOfSelectReply(std::string_view text, int database);

/// Whether the reply says that our user lacks a right: to the command, or to the key.
[[nodiscard]] bool IsForbidden(std::string_view text);
/// Whether the reply says that our user may not run this command, whatever the key.
[[nodiscard]] bool IsForbiddenCommand(std::string_view text);
/// Whether it says that Redis does not know this command: it is too old, or the command was renamed.
[[nodiscard]] bool IsUnknownCommand(std::string_view text);
/// Whether it is about one key (its type, our right to it, its size): other commands may be answered. All
/// other errors say that Redis cannot answer us at all.
[[nodiscard]] bool ConcernsOnlyItsKey(std::string_view text);

}  // namespace keymeter::processor
