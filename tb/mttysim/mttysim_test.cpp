// SPDX-License-Identifier: Apache-2.0
// mttysim as a user runs it: what it prints, its files, its exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

struct Outcome {
  int code;
  std::string output;  // stdout and stderr
};

class Mttysim : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "mttysim-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  Outcome run(const std::string& arguments) const {
    const std::string command =
        "cd " + folder_.string() + " && timeout 60 " MTTYSIM " " + arguments + " 2>&1 </dev/null";
    std::FILE* pipe = popen(command.c_str(), "r");
    std::string output;
    char part[4096];
    for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) output.append(part, n);
    const int status = pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
  }

  fs::path folder_;
};

constexpr const char* kLoopback = R"(# one character through the loopback plug
iow 0 3 1 0x83
iow 0 0 1 1
iow 0 3 1 3
iow 0 2 1 1
iow 0 1 1 1
intx 0
iow 0 0 1 0x41
wait 6000
intx 1
tx 0 0x41
ior 0 2 1 = 0xc4
ior 0 0 1 = 0x41
intx 0
)";

TEST_F(Mttysim, plays_a_script_and_prints_it_back) {
  write("s", kLoopback);
  const Outcome outcome = run("run s");
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("@10 cfgw 0x10 4 0x0000c000\n"));
  EXPECT_THAT(outcome.output, HasSubstr("ior 0 0x00 1 = 0x41\n"));
}

TEST_F(Mttysim, what_it_prints_and_what_it_logs_play_back) {
  write("s", kLoopback);
  write("printed", run("run s --log logged").output);
  EXPECT_EQ(run("run printed --quiet").code, 0);
  EXPECT_EQ(run("run logged --quiet --log again").code, 0);
  EXPECT_EQ(read("logged"), read("again"));
  EXPECT_THAT(read("logged"), HasSubstr("intx 1\n"));
  EXPECT_EQ(run("run printed").output, read("printed"));
}

TEST_F(Mttysim, a_difference_is_shown_and_ends_with_1) {
  write("s", "ior 0 5 1 = 0x61\nintx 1\ntx 0 1\n");
  const Outcome outcome = run("run s");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("= 0x60  # expected 0x61 (s:1)"));
  EXPECT_THAT(outcome.output, HasSubstr("intx 0  # expected 1 (s:2)"));
  EXPECT_THAT(outcome.output, HasSubstr("tx 0  # expected 0x01 (s:3)"));
  EXPECT_THAT(outcome.output, HasSubstr("3 of 3 actions not as expected"));
}

TEST_F(Mttysim, a_difference_in_a_log_that_was_tampered_with_is_found) {
  write("s", kLoopback);
  run("run s --log logged");
  std::string log = read("logged");
  log.replace(log.find("= 0x41"), 6, "= 0x42");
  write("tampered", log);
  EXPECT_EQ(run("run tampered").code, 1);
}

TEST_F(Mttysim, times_say_when) {
  write("s", "@100 ior 0 5 1\n+50 ior 0 5 1\n@300 wait 10\nior 0 5 1\n+1 ior 0 5 1\n");
  const Outcome outcome = run("run s");
  for (const char* line : {"@100 ior", "@150 ior", "@300 wait", "@310 ior", "@315 ior"})
    EXPECT_THAT(outcome.output, HasSubstr(line));
}

TEST_F(Mttysim, pins_move_while_an_access_is_under_way) {
  // The crystal pulse nearest is at 2 + 18.08 k; 200 is not near one. Strobes of the wide read: MCR
  // 202, LSR 203, MSR 204, SCR 205.
  write("s", "plug 0 none\n@200 ior 0 4 4 = 0x00116000\n@201 pin 0 cts 1\n@300 ior 0 6 1 = 0x10\n");
  EXPECT_EQ(run("run s").code, 1)
      << "set at 201, MSR shows it from State(204), so the strobe at 204 must not";
  write("t", "plug 0 none\n@200 ior 0 4 4 = 0x00006000\n@201 pin 0 cts 1\n@300 ior 0 6 1 = 0x11\n");
  EXPECT_EQ(run("run t").code, 0) << run("run t").output;
  write("u", "plug 0 none\n@199 pin 0 cts 1\n@200 ior 0 4 4 = 0x00116000\n@300 ior 0 6 1 = 0x10\n");
  EXPECT_EQ(run("run u").code, 0) << run("run u").output;
}

TEST_F(Mttysim, reset_needs_a_new_set_up_which_it_does_itself) {
  write("s", "iow 0 7 1 0x5a\nreset\nior 0 7 1 = 0\ncfgr 0x3c 4 = 0x100\n");
  const Outcome outcome = run("run s");
  EXPECT_EQ(outcome.code, 0) << outcome.output;
}

TEST_F(Mttysim, a_plug_at_the_clock_that_has_come_already) {
  write("s", "@0 plug 0 none\n@0 plug 1 none\nreset\nior 0 6 1 = 0\n");
  EXPECT_EQ(run("run s").code, 0);
}

TEST_F(Mttysim, a_script_that_configures_is_left_alone) {
  write("s", "ior 0 5 1 = 0xff\ncfgw 4 2 1\ncfgw 0x10 4 0x1000\nior 0 5 1 = 0x60\n");
  EXPECT_EQ(run("run s").code, 0);
}

TEST_F(Mttysim, null_modem_and_rx) {
  write("s", R"(plug 1 null-modem
iow 0 3 1 0x83
iow 0 0 1 2
iow 0 3 1 0x1b
iow 1 3 1 0x83
iow 1 0 1 2
iow 1 3 1 0x1b
iow 0 0 1 0x99
wait 8000
ior 1 0 1 = 0x99
plug 0 none
rx 0 0x12 0x34
wait 16000
ior 0 5 1 = 0x63
ior 0 0 1 = 0x34
)");
  EXPECT_EQ(run("run s").code, 0) << run("run s").output;
}

TEST_F(Mttysim, reads_standard_input) {
  write("s", "ior 1 5 1 = 0x60\n");
  EXPECT_EQ(run("run - <s").code, 0);
}

struct BadLine {
  const char* text;
  const char* message;
};
class BadScript : public Mttysim, public testing::WithParamInterface<BadLine> {};

TEST_P(BadScript, names_file_and_line_and_writes_nothing) {
  write("s", std::string("# fine\nior 0 5 1\n") + GetParam().text + "\n");
  const Outcome outcome = run("run s --log l --wave w.vcd");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.output, HasSubstr(std::string("s:3: ") + GetParam().message));
  EXPECT_FALSE(fs::exists(path("l")));
  EXPECT_FALSE(fs::exists(path("w.vcd")));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, BadScript,
    testing::Values(
        BadLine{"hello", "there is no action 'hello'"}, BadLine{"@", "clock '' is not a number"},
        BadLine{"@5", "an action is missing"}, BadLine{"@x ior 0 0 1", "clock 'x' is not a number"},
        BadLine{"ior", "BAR is missing"}, BadLine{"ior 2 0 1", "the card has no BAR 2"},
        BadLine{"ior 6 0 1", "BAR 6 is out of range"},
        BadLine{"ior 0 8 1", "offset 8 is out of range"},
        BadLine{"ior 0 0 3", "size 3 is not 1, 2 or 4"},
        BadLine{"ior 0 3 2", "2 bytes at offset 3 cross"},
        BadLine{"ior 0 0 1 =", "value is missing"},
        BadLine{"ior 0 0 1 = 256", "value 256 is out of range"},
        BadLine{"ior 0 0 1 7", "'7' is too much"}, BadLine{"iow 0 0 1", "value is missing"},
        BadLine{"iow 0 0 1 0x", "value '0x' is not a number"},
        BadLine{"iow 0 0 1 -1", "value '-1' is not a number"},
        BadLine{"cfgw 256 1 0", "offset 256 is out of range"},
        BadLine{"intx 2", "level 2 is out of range"},
        BadLine{"pin 2 cts 1", "the card has no port 2"},
        BadLine{"pin 0 rts 1", "there is no input pin 'rts'"},
        BadLine{"plug 0 modem", "there is no plug 'modem'"}, BadLine{"rx 0", "bytes are missing"},
        BadLine{"rx 0 256", "byte 256 is out of range"}, BadLine{"reset now", "'now' is too much"},
        BadLine{"wait 99999999999999999999999", "number of clocks"}));

TEST_F(Mttysim, time_does_not_go_back) {
  write("s", "@9 wait 1\n@8 wait 1\n");
  EXPECT_THAT(run("run s").output, HasSubstr("s:2: @8 lies before @9"));
}

TEST_F(Mttysim, a_script_for_one_port) {
  write("s", "ior 1 5 1\n");
  EXPECT_THAT(run("run s --ports 1").output, HasSubstr("s:1: the card has no BAR 1"));
  write("t", "plug 0 null-modem\n");
  EXPECT_THAT(run("run t --ports 1").output,
              HasSubstr("t:1: a null modem needs a card with two ports"));
  write("u", "cfgr 0x14 4 = 0\nior 0 5 1 = 0x60\n");
  EXPECT_EQ(run("run u --ports 1").code, 0);
}

TEST_F(Mttysim, rx_without_a_baud_rate) {
  write("s", "rx 0 1\n");
  const Outcome outcome = run("run s");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("s:1: port 0 has no baud rate yet"));
}

TEST_F(Mttysim, waves_have_the_signals_and_the_edges) {
  write("s", kLoopback);
  ASSERT_EQ(run("run s --wave w.vcd").code, 0);
  const std::string vcd = read("w.vcd");
  for (const char* part :
       {"$timescale 1 ns $end", "$scope module uart1 $end", "$var wire 1 \" inta_n $end",
        "$var wire 32 % address [31:0] $end", "$enddefinitions $end"})
    EXPECT_THAT(vcd, HasSubstr(part));
  EXPECT_THAT(vcd, HasSubstr("b11 $")) << "an I/O write";
  EXPECT_THAT(vcd, HasSubstr("#84720\n0\"\n"))
      << "the stop bit is sampled at tick 156: INTA# falls at clock 2824";
}

TEST_F(Mttysim, waves_between_two_clocks) {
  write("s", kLoopback);
  ASSERT_EQ(run("run s --wave w.vcd --wave-from 2000 --wave-to 3000").code, 0);
  const std::string vcd = read("w.vcd");
  EXPECT_THAT(vcd, HasSubstr("$enddefinitions $end\n#60000\n")) << "all values at clock 2000";
  EXPECT_THAT(vcd, HasSubstr("#84720\n0\"\n")) << "INTA# falls in the window";
  EXPECT_EQ(vcd.substr(vcd.size() - 7), "#90000\n") << "the last time is clock 3000";
}

TEST_F(Mttysim, waves_as_fst) {
  write("s", kLoopback);
  for (const char* body : {"tlm", "pins", "rtl"}) {
    ASSERT_EQ(run(std::string("run s --wave w.fst --dut ") + body).code, 0);
    EXPECT_FALSE(fs::exists(path("w.fst.hier"))) << "a file that fstapi needs while it writes";
    EXPECT_EQ(read("w.fst").substr(0, 9), std::string("\0\0\0\0\0\0\0\x01\x49", 9)) << body;
  }
}

TEST_F(Mttysim, wave_options_that_do_not_fit_write_nothing) {
  write("s", "reset\n");
  for (const auto& [options, message] : {
           std::pair("--wave-from 3", "--wave-from: there are no waves without --wave FILE"),
           std::pair("--wave-to 3", "--wave-to: there are no waves without --wave FILE"),
           std::pair("--wave w.vcd --wave-from 5 --wave-to 4",
                     "--wave-from 5 lies behind --wave-to 4"),
           std::pair("--wave w.vcd --wave-to x", "--wave-to"),
           std::pair("--wave w.vcd --wave-from -1", "--wave-from"),
           std::pair("--wave w.lxt", "the name must end in .vcd or .fst"),
           std::pair("--wave /nowhere/w.fst", "cannot write the waves /nowhere/w.fst: No such"),
       }) {
    const Outcome outcome = run(std::string("run s --log l ") + options);
    EXPECT_EQ(outcome.code, 2) << options;
    EXPECT_THAT(outcome.output, HasSubstr(message));
    EXPECT_FALSE(fs::exists(path("w.vcd")) || fs::exists(path("w.lxt")));
  }
}

TEST_F(Mttysim, a_run_that_ends_before_its_window_says_so) {
  write("s", "reset\n");
  const Outcome outcome = run("run s --wave w.vcd --wave-from 1000");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("w.vcd has no waves: the run ended at clock "));
}

TEST_F(Mttysim, a_full_disk_is_not_success_for_waves) {
  write("s", kLoopback);
  fs::create_symlink("/dev/full", path("full.vcd"));
  const Outcome outcome = run("run s --quiet --dut pins --wave full.vcd");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("cannot write the waves full.vcd: No space left"));
}

TEST_F(Mttysim, ctrl_c_completes_the_recordings) {
  std::string script;
  for (unsigned i = 0; i < 200'000; ++i) script += "+1000 ior 0 5 1\n";
  write("s", script);
  write("stop.sh", MTTYSIM R"( run s --dut rtl --wave w.fst --log l >out 2>&1 &
until grep -q ior out; do kill -0 $! || exit 1; done
kill -INT $!
wait $!
)");
  const std::string command = "cd " + folder_.string() + " && timeout 60 sh stop.sh";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 130);
  EXPECT_THAT(read("out"), HasSubstr("mttysim: stopped at clock "));
  EXPECT_TRUE(fs::exists(path("w.fst")));
  EXPECT_FALSE(fs::exists(path("w.fst.hier"))) << "the waves are complete";
  EXPECT_EQ(read("l").back(), '\n');
}

TEST_F(Mttysim, files_that_cannot_be_written) {
  write("s", "reset\n");
  for (const char* option : {"--log /nowhere/l", "--wave /nowhere/w.vcd", "--wave w.txt",
                             "--dut none", "--ports 3", "--what"}) {
    const Outcome outcome = run(std::string("run s ") + option);
    EXPECT_EQ(outcome.code, 2) << option;
    EXPECT_THAT(outcome.output, testing::Not(IsEmpty()));
  }
  EXPECT_EQ(run("run missing").code, 2);
  EXPECT_EQ(run("").code, 2);
}

TEST_F(Mttysim, of_two_files_of_which_one_cannot_be_written_neither_stays) {
  write("s", "reset\n");
  EXPECT_EQ(run("run s --log /nowhere/l --wave w.vcd").code, 2);
  EXPECT_EQ(run("run s --log l --wave /nowhere/w.vcd").code, 2);
  EXPECT_FALSE(fs::exists(path("l")));
  EXPECT_FALSE(fs::exists(path("w.vcd")));
}

TEST_F(Mttysim, a_full_disk_is_not_success) {
  write("s", kLoopback);
  const Outcome outcome = run("run s --quiet --log /dev/full");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("cannot write the log /dev/full"));
}

TEST_F(Mttysim, lockstep_takes_two_different_single_bodies) {
  for (const char* bodies :
       {"--a none --b rtl", "--a pins --b lockstep", "--a tlm+pins --b rtl", "--a tlm --b tlm"}) {
    const Outcome outcome = run(std::string("lockstep --clocks 1000 ") + bodies);
    EXPECT_EQ(outcome.code, 2) << bodies;
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
  }
  EXPECT_THAT(run("lockstep --a none --b rtl").output, HasSubstr("--a: there is no body 'none'"));
}

TEST_F(Mttysim, help_says_what_is_needed) {
  for (const char* arguments : {"--help", "run --help", "serve --help"}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.output, HasSubstr("mttysim"));
  }
}

TEST_F(Mttysim, serve_says_what_to_do) {
  const Outcome outcome = run("serve --mdev 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 --log l");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("modprobe"));
  EXPECT_FALSE(fs::exists(path("l")));
  EXPECT_THAT(run("serve --mdev x --pace fast").output, HasSubstr("there is no pace 'fast'"));
}

TEST_F(Mttysim, serve_leaves_a_file_that_is_no_state_as_it_is) {
  const std::string text = "a letter to my aunt\n";
  write("s", text);
  const Outcome outcome = run("serve --mdev 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 --state s");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.output,
            "mttysim: s is no state of a card; choose another name, or remove it\n");
  EXPECT_EQ(read("s"), text);
}

TEST_F(Mttysim, serve_keeps_only_what_it_can_restore) {
  const Outcome outcome = run("serve --mdev x --dut pins --state s");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("--state: the body pins cannot be kept in a file"));
  EXPECT_FALSE(fs::exists(path("s")));
}

}  // namespace
