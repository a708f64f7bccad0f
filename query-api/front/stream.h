#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <event2/bufferevent.h>
#include <event2/listener.h>

/// libevent's objects with their owners. Tested by tests/query-api/front/front_test.cc.
namespace keymeter::query_api {

struct FreeBufferevent {
  void operator()(bufferevent* stream) const { bufferevent_free(stream); }
};
struct FreeListener {
  void operator()(evconnlistener* listener) const { evconnlistener_free(listener); }
};

/// A socket (or TLS over one) with a buffer each way; closes it.
using Stream = std::unique_ptr<bufferevent, FreeBufferevent>;
using ListeningSocket = std::unique_ptr<evconnlistener, FreeListener>;

/// Sends as much as the socket takes at once, and says how much that was: nothing while earlier bytes wait in
/// the stream's buffer, and over TLS. The rest goes into the buffer, which asks the kernel first whether
/// there is room: three system calls more.
[[nodiscard]] std::size_t SendNow(bufferevent* stream, std::string_view bytes);

}  // namespace keymeter::query_api
