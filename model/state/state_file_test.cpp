// SPDX-License-Identifier: Apache-2.0
#include "model/state/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>
#include <thread>

namespace mtty {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A state whose parts must fit together.
struct Counted {
  std::uint64_t number = 0;
  std::array<std::uint64_t, 64> copies{};

  void set(std::uint64_t value) {
    number = value;
    copies.fill(value);
  }
  bool whole() const {
    for (const std::uint64_t copy : copies)
      if (copy != number) return false;
    return true;
  }
  template <class Archive>
  void visit(Archive& archive) {
    archive(number, copies);
  }
};

class StateFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "state-file-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = name + "/card.state";
  }
  void TearDown() override { fs::remove_all(folder_); }

  void keep(StateFile& file, std::uint64_t number) { keep(file, number, number); }
  void keep(StateFile& file, std::uint64_t number, std::uint64_t content) {
    Counted counted;
    counted.set(content);
    file.keep(number, [&](StateWriter& writer) { counted.visit(writer); });
  }
  std::uint64_t restore(const StateFile& file) {
    Counted counted;
    file.restore([&](StateReader& reader) { counted.visit(reader); });
    EXPECT_TRUE(counted.whole());
    return counted.number;
  }
  std::string bytes() const {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  /// The file with `change` made to it is refused for `reason`, and left as it is.
  void refused(const std::function<void(std::string&)>& change, const std::string& reason) {
    std::string changed = bytes();
    change(changed);
    std::ofstream(path_) << changed;
    try {
      StateFile file(path_, "a card");
      ADD_FAILURE() << "taken, but: " << reason;
    } catch (const StateError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_ + " " + reason));
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
    EXPECT_EQ(bytes(), changed);
  }

  /// What keep() is refused for, without the file's name; nothing where it is not.
  std::string why_not_kept(StateFile& file) {
    try {
      keep(file, 1);
    } catch (const StateError& error) {
      EXPECT_THAT(error.what(), testing::StartsWith(path_ + " "));
      return std::string(error.what()).substr(path_.size() + 1);
    }
    return {};
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(StateFileTest, keeps_the_last_two_states_by_their_numbers) {
  {
    StateFile file(path_, "a card");
    EXPECT_TRUE(file.empty());
    EXPECT_FALSE(fs::exists(path_));
    for (const std::uint64_t number : {7, 8, 8, 9}) keep(file, number);
  }
  StateFile file(path_, "a card");
  EXPECT_FALSE(file.empty());
  EXPECT_FALSE(file.find(7));
  ASSERT_TRUE(file.find(8));
  EXPECT_EQ(restore(file), 8u);
  file.take_newest();
  EXPECT_EQ(restore(file), 9u);
  keep(file, 10);
  ASSERT_TRUE(file.find(9));
  EXPECT_EQ(restore(file), 9u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "nothing else is left over";
}

TEST_F(StateFileTest, of_two_states_with_one_number_the_newer_is_found) {
  StateFile file(path_, "a card");
  keep(file, 8, 100);
  keep(file, 8, 101);
  ASSERT_TRUE(file.find(8));
  EXPECT_EQ(restore(file), 101u);
  keep(file, 8, 102);  // in the place of the first
  ASSERT_TRUE(file.find(8));
  EXPECT_EQ(restore(file), 102u);
}

// Killed between keeping 8 and answering it, and once more while the next one keeps what it went on
// from.
TEST_F(StateFileTest, the_state_that_was_restored_outlives_a_next_one_that_is_not_completed) {
  {
    StateFile file(path_, "a card");
    for (const std::uint64_t number : {6, 7, 8}) keep(file, number);
  }
  {
    StateFile file(path_, "a card");
    ASSERT_TRUE(file.find(7));
    EXPECT_EQ(restore(file), 7u);
    EXPECT_THROW(file.keep(7, [](StateWriter&) { throw StateError("killed"); }), StateError);
  }
  StateFile file(path_, "a card");
  ASSERT_TRUE(file.find(7));
  EXPECT_EQ(restore(file), 7u);
}

TEST_F(StateFileTest, without_a_state_there_is_no_file) {
  {
    StateFile file(path_, "a card");
    file.sync();
  }
  {
    StateFile file(path_, "a card");
    const auto fill = [](StateWriter& writer) {
      for (std::uint64_t word = 0;; ++word) writer(word);
    };
    try {
      file.keep(1, fill);
      ADD_FAILURE() << "a state without an end";
    } catch (const StateError& error) {
      EXPECT_EQ(error.what(), path_ + " has no room for the state");
    }
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(StateFileTest, a_file_that_cannot_be_opened_or_made_says_why) {
  try {
    StateFile(folder_, "a card");
    ADD_FAILURE() << "a folder";
  } catch (const StateError& error) {
    EXPECT_EQ(error.what(), folder_.string() + " cannot be opened: Is a directory");
  }
  {
    StateFile file(path_, "a card");
    fs::create_directory(path_ + ".new");
    EXPECT_EQ(why_not_kept(file), "cannot be made: File exists");
    fs::remove(path_ + ".new");
  }
  {
    StateFile file(path_, "a card");
    fs::create_directory(path_);
    EXPECT_EQ(why_not_kept(file), "cannot be made: File exists");
    fs::remove(path_);
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(StateFileTest, a_disk_without_room_is_known_before_the_first_state) {
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 8192;
  {
    StateFile file(path_, "a card");
    setrlimit(RLIMIT_FSIZE, &small);
    EXPECT_EQ(why_not_kept(file), "cannot be written: File too large");
    setrlimit(RLIMIT_FSIZE, &before);
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(StateFileTest, a_file_that_is_no_state_is_refused_and_left_as_it_is) {
  {
    StateFile file(path_, "a card");
    keep(file, 1);
    keep(file, 2);
  }
  const std::string good = bytes();
  const auto again = [&] { std::ofstream(path_) << good; };
  refused([](std::string& file) { file.resize(file.size() - 1); }, "is no state of a card");
  again();
  refused([](std::string& file) { file.push_back(0); }, "is no state of a card");
  again();
  refused([](std::string& file) { file.clear(); }, "is no state of a card");
  again();
  refused([](std::string& file) { file[0] = 'M'; }, "is no state of a card");
  again();
  refused([](std::string& file) { file[16] = 99; }, "is of another version of mttysim");
  again();
  refused([](std::string& file) { file[20] = 'A'; }, "is the state of another card");
  again();
  refused([](std::string& file) { file[20 + 63] = 'A'; }, "is the state of another card");
  again();
  refused([](std::string& file) { file[4096 + 100] ^= 1; }, "is damaged");
  again();
  refused([](std::string& file) { file[2 * 4096 + 8] ^= 1; }, "is damaged");
  again();
  refused([](std::string& file) { file[2 * 4096 + 19] = 0x7f; }, "is damaged");  // the size
  again();
  refused([](std::string& file) { std::fill(file.begin() + 4096, file.end(), 0); }, "is damaged");
}

TEST_F(StateFileTest, what_is_no_file_is_refused) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  try {
    StateFile(path_, "a card");
    ADD_FAILURE() << "a FIFO";
  } catch (const StateError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is no state of a card"));
  }
}

TEST_F(StateFileTest, is_for_one_simulator_at_a_time) {
  StateFile file(path_, "a card");
  keep(file, 1);
  EXPECT_THROW(StateFile(path_, "a card"), StateError);
}

TEST_F(StateFileTest, of_two_simulators_that_make_it_one_is_refused) {
  StateFile one(path_, "a card"), two(path_, "another card");
  keep(one, 1);
  EXPECT_EQ(why_not_kept(two), "cannot be made: File exists");
  one.take_newest();
  EXPECT_EQ(restore(one), 1u);
}

TEST_F(StateFileTest, bytes_that_a_reader_does_not_want_are_refused) {
  StateFile file(path_, "a card");
  keep(file, 1);
  file.take_newest();
  std::uint64_t number;
  EXPECT_THROW(file.restore([&](StateReader& reader) { reader(number); }), StateError) << "more";
  Counted counted;
  EXPECT_THROW(file.restore([&](StateReader& reader) { reader(number, counted); }), StateError)
      << "less";
}

// Killed at any instruction: what is there is whole, and the last but one at the oldest.
TEST_F(StateFileTest, an_error_of_who_writes_or_reads_stays_what_it_is) {
  StateFile file(path_, "a card");
  EXPECT_THROW(file.keep(1, [](StateWriter&) { throw std::bad_alloc(); }), std::bad_alloc);
  keep(file, 1);
  file.take_newest();
  EXPECT_THROW(file.restore([](StateReader&) { throw std::bad_alloc(); }), std::bad_alloc);
}

TEST_F(StateFileTest, survives_being_killed) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      StateFile file(path_, "a card");
      std::uint64_t number = 0;
      keep(file, ++number);
      [[maybe_unused]] const auto written = write(ready[1], "!", 1);
      for (;;) keep(file, ++number);
    }
    close(ready[1]);
    char byte;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    StateFile file(path_, "a card");
    ASSERT_FALSE(file.empty());
    file.take_newest();
    const std::uint64_t newest = restore(file);
    if (file.find(newest - 1)) {
      EXPECT_EQ(restore(file), newest - 1);
    }
  }
}

}  // namespace
}  // namespace mtty
