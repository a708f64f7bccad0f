#include "query-api/front/stream.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <sys/socket.h>

namespace keymeter::query_api {

std::size_t SendNow(bufferevent* stream, std::string_view bytes) {
  if (evbuffer_get_length(bufferevent_get_output(stream)) > 0) return 0;
  if (bufferevent_openssl_get_ssl(stream) != nullptr) return 0;
  const ssize_t sent =
      ::send(bufferevent_getfd(stream), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;  // what is wrong shows again when the buffer is sent
}

}  // namespace keymeter::query_api
