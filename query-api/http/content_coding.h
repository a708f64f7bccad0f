#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "query-api/http/http_types.h"

/// Content codings (RFC 9110, 12.5.3): what a client takes, and the answer in it. Threads: functions without
/// state.
namespace keymeter::query_api {

/// Shorter bodies are sent as they are: they fit into one packet anyway.
inline constexpr std::size_t kLeastBytesToCode = 1024;

/// What an `Accept-Encoding` takes.
struct AcceptedCodings {
  bool gzip = false;     ///< and does not like it less than no coding
  bool identity = true;  ///< no coding at all
};

/// Weights count: `gzip;q=0` does not take it, `*` stands for what is not named. What is malformed counts for
/// nothing. An empty text takes no coding.
[[nodiscard]] AcceptedCodings ParseAcceptEncoding(std::string_view text);

/// The response as its request takes it. Texts from kLeastBytesToCode on, and texts in files, are coded; a
/// shared body is sent as its compressed copy, which is shared too. A file is compressed into another one, in
/// constant memory (about 600 KiB); where that has no room, it is sent as it is. Its room is given up. All
/// texts say `Vary: Accept-Encoding`, also uncoded and as 304. A client that accepts no coding of ours gets
/// the body uncoded.
[[nodiscard]] Response Encoded(const Request& request, Response response);

}  // namespace keymeter::query_api
