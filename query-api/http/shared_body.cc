#include "query-api/http/shared_body.h"

#include "query-api/http/gzip.h"

namespace keymeter::query_api {

const std::string& SharedBody::Gzipped() const {
  std::call_once(is_gzipped_, [this] {
    gzipped_ = Gzip(bytes_);
    gzipped_.shrink_to_fit();
    gzipped_bytes_ = gzipped_.capacity();
  });
  return gzipped_;
}

}  // namespace keymeter::query_api
