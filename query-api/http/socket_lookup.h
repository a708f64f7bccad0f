#pragma once

#include <functional>

#include "query-api/http/connection_table.h"
#include "query-api/http/listen_address.h"

/// Sockets of this process, found among its open files (/proc/self/fd): for libraries that keep them to
/// themselves. What is found may be closed by its owner at any time: the caller must know why it is not.
/// Threads: any. Cost: some microseconds for each open file.
/// Tested by tests/query-api/http/http_server_test.cc.
namespace keymeter::query_api {

struct AcceptedSocket {
  int file = -1;
  Peer peer{};
};

/// The connections that came in at that address.
void ForEachAccepted(const ListenAddress& at, const std::function<void(const AcceptedSocket&)>& found);

/// The socket that listens there; -1: none was found.
[[nodiscard]] int FindListening(const ListenAddress& at);

}  // namespace keymeter::query_api
