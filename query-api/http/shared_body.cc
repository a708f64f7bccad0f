#include "query-api/http/shared_body.h"

#include <utility>

#include "query-api/http/gzip.h"

namespace keymeter::query_api {

const SharedBody::Text& SharedBody::Gzipped() const {
  std::call_once(is_gzipped_, [this] {
    std::string gzipped = Gzip(bytes());
    gzipped.shrink_to_fit();
    gzipped_bytes_ = gzipped.capacity();
    gzipped_ = std::make_shared<const std::string>(std::move(gzipped));
  });
  return gzipped_;
}

}  // namespace keymeter::query_api
