#include "query-api/http/socket.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keymeter::query_api {

Result<FileDescriptor> TakeSocketAway(int file) {
  FileDescriptor taken(::fcntl(file, F_DUPFD_CLOEXEC, 0));
  int pair[2] = {-1, -1};
  if (!taken.IsOpen() || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return Fail(ErrorCode::kUnavailable, "take a connection over: {}", std::strerror(errno));
  const FileDescriptor stand_in(pair[0]);
  const FileDescriptor gone(pair[1]);
  if (::dup3(stand_in.number(), file, O_CLOEXEC) < 0)
    return Fail(ErrorCode::kUnavailable, "take a connection over: {}", std::strerror(errno));
  return taken;
}

}  // namespace keymeter::query_api
