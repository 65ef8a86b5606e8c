// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <systemc>

#include "tb/dut/dut.h"
#include "tb/mttysim/commands.h"
#include "tb/script/script.h"

namespace {

using namespace mtty;

void add_recording(CLI::App& command, RecordingOptions& options) {
  command.add_option("--wave", options.wave, "write waves to FILE.vcd or FILE.fst (compressed)")
      ->type_name("FILE");
  command.add_option("--wave-from", options.wave_from, "the first PCI clock in the waves")
      ->check(CLI::NonNegativeNumber)
      ->type_name("CLOCK");
  command.add_option("--wave-to", options.wave_to, "the last one; the file is complete then")
      ->check(CLI::NonNegativeNumber)
      ->type_name("CLOCK");
  command
      .add_option("--log", options.log, "write what happens as an access script that plays back")
      ->type_name("FILE");
}

void add_dut(CLI::App& command, std::string& dut) {
  command
      .add_option("--dut", dut, fmt::format("body of the card: {}", fmt::join(dut_names(), ", ")))
      ->type_name("BODY")
      ->capture_default_str();
}

}  // namespace

int sc_main(int argc, char** argv) {
  CLI::App app("mttysim - the PCI serial card 4348:3253, simulated");
  app.require_subcommand(1);
  int status = kAllAsExpected;

  RunOptions run_options;
  CLI::App* run_command =
      app.add_subcommand("run", "play an access script and print it with the values seen");
  run_command->add_option("script", run_options.script, "access script; - is standard input")
      ->required();
  add_dut(*run_command, run_options.dut);
  run_command->add_option("--ports", run_options.ports, "UARTs on the card")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  run_command->add_flag("--quiet,-q", run_options.quiet, "print only what is not as expected");
  add_recording(*run_command, run_options.recording);
  run_command->footer("Exit code: 0 all as expected, 1 a difference, 2 bad input.");
  run_command->callback([&] { status = run(run_options); });

  ServeOptions serve_options;
  CLI::App* serve_command =
      app.add_subcommand("serve", "serve a guest through mtty.ko: the card of an mdev");
  serve_command
      ->add_option("--mdev", serve_options.uuids,
                   "UUID of the mdev; several cards: give it several times")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("UUID");
  add_dut(*serve_command, serve_options.dut);
  serve_command
      ->add_option("--pace", serve_options.pace,
                   "how simulated time follows the world:\n"
                   "wall, wall*F  with the wall clock, or F times as fast\n"
                   "guest         skip idle time, stand still while the card waits for the guest\n"
                   "free          never wait")
      ->type_name("PACE")
      ->capture_default_str();
  serve_command
      ->add_option("--patience", serve_options.patience_ms,
                   "pace guest: milliseconds that a card waits for a guest that does not look,\n"
                   "before its time moves on; more for a guest that is slow or has many cards")
      ->check(CLI::Range(1, 3'600'000))
      ->type_name("MS")
      ->capture_default_str();
  serve_command
      ->add_option("--spin", serve_options.spin_us,
                   "microseconds to look for an access before sleeping; 0: none. More where CPUs\n"
                   "wake slowly, as emulated ones (default: 200, with one CPU none). mtty.ko's\n"
                   "parameter spin_us is the same for an answer")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("US");
  for (unsigned port = 0; port < kMaxPorts; ++port)
    serve_command
        ->add_option(fmt::format("--port{}", port), serve_options.plugs[port],
                     "what hangs on the port: none, loopback, null-modem")
        ->type_name("KIND")
        ->capture_default_str();
  add_recording(*serve_command, serve_options.recording);
  serve_command
      ->add_option("--state", serve_options.state,
                   "keep the card in FILE: whoever serves it next with the same option goes on\n"
                   "where this one ended, be it killed, and the guest notices a pause at the most")
      ->type_name("FILE");
  serve_command->footer(
      "With several cards each has its own files: FILE-UUID.EXT for each FILE.EXT.\n"
      "Ends on Ctrl-C, SIGTERM, or when the mdev is removed. Exit code: 0; 1 where rules of the\n"
      "bus were broken or bodies differ; 2 where it cannot serve.");
  serve_command->callback([&] { status = serve(serve_options); });

  LockstepOptions lockstep_options;
  CLI::App* lockstep_command = app.add_subcommand(
      "lockstep", "random traffic into two bodies; ends at the first difference");
  lockstep_command->add_option("--a", lockstep_options.a, "one body")
      ->type_name("BODY")
      ->capture_default_str();
  lockstep_command->add_option("--b", lockstep_options.b, "the other")
      ->type_name("BODY")
      ->capture_default_str();
  lockstep_command->add_option("--seed", lockstep_options.seed, "of the random traffic")
      ->capture_default_str();
  lockstep_command->add_option("--clocks", lockstep_options.clocks, "how long, in PCI clocks")
      ->capture_default_str();
  lockstep_command->add_option("--ports", lockstep_options.ports, "UARTs on the card")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  add_recording(*lockstep_command, lockstep_options.recording);
  lockstep_command->footer(
      "Exit code: 0 no difference; 1 a difference: waves around it and a log that leads to it are "
      "in the\n"
      "present folder; 2 bad input.");
  lockstep_command->callback([&] { status = lockstep(lockstep_options); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : int(kBadInput);
  } catch (const ScriptError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kBadInput;
  } catch (const std::exception& error) {
    fmt::print(stderr, "mttysim: {}\n", error.what());
    return kBadInput;
  }
  return status;
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", true);
  return sc_core::sc_elab_and_sim(argc, argv);
}
