#pragma once

#include "schema/error.h"
#include "schema/file_descriptor.h"

namespace keymeter::query_api {

/// Takes a connection away from code that holds its file and cannot be asked to let go of it.
///
/// The socket that is returned is the connection; behind the old number stands one whose other end is
/// closed, so that whatever the holder still does with it (shutdown, read, close) meets nobody.
/// Threads: the one in which the holder waits for us; nobody else uses or closes the number meanwhile.
/// Tested by tests/query-api/push/web_sockets_test.cc.
[[nodiscard]] Result<FileDescriptor> TakeSocketAway(int file);

}  // namespace keymeter::query_api
