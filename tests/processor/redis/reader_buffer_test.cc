#include "processor/redis/reader_buffer.h"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <hiredis/sds.h>

namespace keymeter::processor {

namespace {

class ReaderBuffer : public ::testing::Test {
 protected:
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };

  ReaderBuffer() {
    reader_->maxbuf = 0;
    ReserveReaderBuffer(*reader_);
  }

  /// Feeds bytes and takes every whole reply; how many there were.
  int Take(const std::string& bytes) {
    redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
    const std::size_t end = reader_->len;
    int count = 0;
    for (void* reply = nullptr; redisReaderGetReply(reader_.get(), &reply) == REDIS_OK && reply != nullptr;
         ++count)
      freeReplyObject(reply);
    WipeTakenReplies(*reader_, end);
    return count;
  }

  /// All that the buffer holds, whether it counts or not.
  [[nodiscard]] bool Holds(std::string_view text) const {
    return std::string_view(reader_->buf, reader_->len + sdsavail(reader_->buf)).find(text) !=
           std::string_view::npos;
  }

  std::unique_ptr<redisReader, Free> reader_{redisReaderCreate()};
};

std::string Bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

TEST_F(ReaderBuffer, HoldsNothingOfTakenReplies) {
  EXPECT_EQ(Take(Bulk("a secret") + Bulk("another secret")), 2);
  EXPECT_FALSE(Holds("secret"));
  EXPECT_EQ(Take(Bulk(std::string(5000, 'x') + "secret")), 1);  // long enough to be cut off at the front
  EXPECT_FALSE(Holds("secret"));
}

TEST_F(ReaderBuffer, KeepsTheReplyThatIsNotWholeYet) {
  const std::string second = Bulk("second secret");
  EXPECT_EQ(Take(Bulk("first secret") + second.substr(0, 10)), 1);
  EXPECT_FALSE(Holds("first secret"));
  EXPECT_EQ(Take(Bulk(std::string(3000, 'x')).insert(0, second.substr(10)) + second.substr(0, 12)), 2);
  EXPECT_EQ(Take(second.substr(12)), 1);
  EXPECT_FALSE(Holds("secret"));
}

TEST_F(ReaderBuffer, StaysInItsPlace) {
  const char* place = reader_->buf;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Take(Bulk(std::string(10'000, 'x'))), 1);
  EXPECT_EQ(reader_->buf, place);
}

TEST_F(ReaderBuffer, IsWipedAsAWhole) {
  Take("$20\r\nhalf a secret");
  EXPECT_TRUE(Holds("secret"));
  WipeReader(*reader_);
  EXPECT_FALSE(Holds("secret"));
}

}  // namespace

}  // namespace keymeter::processor
