#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "schema/error.h"

/// One answer of what answers inside, from the bytes of its connection. Threads: pure functions.
namespace keymeter::query_api {

/// Longer bodies, files and WebSockets are handed over in the process.
inline constexpr std::size_t kMostInlineBody = 4096;
inline constexpr std::size_t kMaxAnswerHeadBytes = 32'768;

/// Always an answer's last header line, "1", when its body (or session) waits in the process; nothing of it
/// follows on the connection then, whatever Content-Length says.
inline constexpr std::string_view kHandedOverHeader = "Keymeter-Handed-Over";

/// Views of the bytes that were read: valid as long as these.
struct InnerAnswer {
  int status = 0;
  /// Status line and header lines, each with its CRLF, without kHandedOverHeader and without the empty line.
  std::string_view head;
  std::string_view body;
  bool is_handed_over = false;
  std::size_t bytes = 0;  ///< of the whole answer
};

/// nullopt: not whole yet. An error (kInternal): it is no single, well-framed answer; its connection must not
/// be used again. Bytes after the answer are such an error: there is never more than one for a question.
[[nodiscard]] Result<std::optional<InnerAnswer>> ReadInnerAnswer(std::string_view bytes, bool is_to_head);

}  // namespace keymeter::query_api
