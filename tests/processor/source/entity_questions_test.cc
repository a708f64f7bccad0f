#include "processor/source/entity_questions.h"

#include <gtest/gtest.h>

#include "schema/profile_loader.h"

namespace keymeter::processor {

namespace {

class EntityQuestionsTest : public ::testing::Test {
 protected:
  /// Of the first kind: API keys.
  const EntityPlace place_{0, "k"};
  const Profile profile_ = LoadProfiles("claude-relay-service").value().front();
  const std::size_t fields_ =
      profile_.entities[0].fields.size() + profile_.entities[0].bindings.fields.size();
  const SystemClock clock_{};
  LeftOut left_out_{clock_};
  EntityQuestions questions_{profile_, left_out_};

  void AskAnew() {
    questions_.Begin();
    questions_.Add(place_);
  }
  /// An answer in which the first field is as long as that, and the others are not there.
  static std::string Hash(std::size_t fields, std::size_t length) {
    std::string bytes = "*" + std::to_string(fields) + "\r\n$" + std::to_string(length) + "\r\n" +
                        std::string(length, 'x') + "\r\n";
    for (std::size_t i = 1; i < fields; ++i) bytes += "$-1\r\n";
    return bytes;
  }
  const Reply& Said(const std::string& bytes) {
    reader_.Reset();
    reader_.Feed(bytes);
    return *reader_.Next().value();
  }
  ReplyReader reader_;
};

TEST_F(EntityQuestionsTest, AreOneForAHashAsItShouldBe) {
  AskAnew();
  EXPECT_EQ(questions_.count(), 1U);
  const Reply& hash = Said(Hash(fields_, 10));
  EXPECT_TRUE(questions_.Check(0, hash));
  const auto values = questions_.ValuesOf(place_, hash);
  ASSERT_EQ(values.size(), fields_);
  EXPECT_TRUE(values[0].first);
  EXPECT_FALSE(values[1].first);
  EXPECT_EQ(left_out_.Text(), "");
  EXPECT_FALSE(questions_.Check(0, Said(Hash(fields_ - 1, 10))));
}

TEST_F(EntityQuestionsTest, AskForTheLengthOfWhatWasTooLong) {
  AskAnew();
  EXPECT_FALSE(questions_.ValuesOf(place_, Said(Hash(fields_, 100'000)))[0].first);
  EXPECT_TRUE(questions_.HasLeftOut(place_));
  EXPECT_NE(left_out_.Text(), "");

  AskAnew();
  ASSERT_EQ(questions_.count(), 2U);
  EXPECT_TRUE(questions_.Check(0, Said(Hash(fields_ - 1, 10))));
  EXPECT_FALSE(questions_.ValuesOf(place_, Said(Hash(fields_ - 1, 10)))[0].first);
  EXPECT_TRUE(questions_[1].is_length);
  EXPECT_FALSE(questions_.TakeLength(questions_[1], Said(":70000000\r\n")));
  EXPECT_FALSE(questions_.TakeLength(questions_[1], Said("-NOPERM no\r\n"))) << "where we may not know";
  EXPECT_TRUE(questions_.HasLeftOut(place_));

  EXPECT_TRUE(questions_.TakeLength(questions_[1], Said(":7\r\n"))) << "to be read anew";
  EXPECT_FALSE(questions_.HasLeftOut(place_));
  EXPECT_EQ(left_out_.Text(), "");
  AskAnew();
  EXPECT_EQ(questions_.count(), 1U);
}

TEST_F(EntityQuestionsTest, AskForAllLengthsOfWhatMayHaveEndedASession) {
  AskAnew();
  questions_.Suspect();
  AskAnew();
  ASSERT_EQ(questions_.count(), fields_);
  for (std::size_t i = 0; i < fields_; ++i) {
    ASSERT_TRUE(questions_[i].is_length);
    const bool is_read_anew =
        questions_.TakeLength(questions_[i], Said(i == 1 ? ":600000000\r\n" : ":5\r\n"));
    EXPECT_EQ(is_read_anew, i + 1 == fields_);
  }
  AskAnew();
  EXPECT_EQ(questions_.count(), 2U) << "the others, and the length of the one";
}

TEST_F(EntityQuestionsTest, AreAskedAfterAllLengthsAlsoWhereTheLastFieldStaysTooLong) {
  for (const char* answer : {":600000000\r\n", "-NOPERM no\r\n"}) {
    for (int session = 0; session < 2; ++session) {
      AskAnew();
      questions_.Suspect();
      AskAnew();
      ASSERT_EQ(questions_.count(), fields_) << answer;
      for (std::size_t i = 0; i < fields_; ++i) {
        const bool is_last = i + 1 == fields_;
        EXPECT_EQ(questions_.TakeLength(questions_[i], Said(is_last ? answer : ":5\r\n")), is_last) << answer;
      }
    }
  }
}

}  // namespace

}  // namespace keymeter::processor
