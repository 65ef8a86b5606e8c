// SPDX-License-Identifier: Apache-2.0
// Plants mutants in C++ sources, and tries mutants; mutate.sh is what users run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>
#include <sstream>

#include "tb/mutate/campaign.h"
#include "tb/mutate/source_mutants.h"

namespace {

using namespace mtty;
namespace fs = std::filesystem;

struct PlantOptions {
  std::vector<fs::path> sources;
  fs::path from, to, list;
  unsigned first = 1, count = 250;
  std::uint64_t seed = 1;
};

std::string slurp(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("cannot read {}", file.string()));
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const fs::path& file, const std::string& text, std::ios::openmode mode) {
  std::ofstream out(file, mode);
  out << text;
  if (!out.flush()) throw std::runtime_error(fmt::format("cannot write {}", file.string()));
}

void plant(const PlantOptions& options) {
  std::vector<std::string> texts;
  std::vector<std::vector<SourceMutant>> all;
  std::size_t found = 0;
  for (const fs::path& source : options.sources) {
    texts.push_back(slurp(options.from / source));
    all.push_back(find_mutants(texts.back()));
    found += all.back().size();
  }
  unsigned number = options.first;
  std::string list;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto mutants =
        sample(std::move(all[i]), double(options.count) / double(found), options.seed);
    // Written only where it differs, so that nothing is built again for nothing.
    const std::string planted = plant(texts[i], mutants, number);
    const fs::path copy = options.to / options.sources[i];
    if (!fs::exists(copy) || slurp(copy) != planted) write(copy, planted, std::ios::trunc);
    for (const SourceMutant& mutant : mutants)
      list +=
          fmt::format("{}\tmodel\t{}\t{}\n", number++, options.sources[i].string(), mutant.name);
  }
  write(options.list, list, std::ios::app);
  fmt::print("{} of {} mutants of {} sources\n", number - options.first, found, texts.size());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("mutate - plants bugs in C++ sources, and looks which bugs the tests find");
  app.require_subcommand(1);

  PlantOptions plant_options;
  CLI::App* plant_command = app.add_subcommand("plant", "copy sources, with mutants in them");
  plant_command->add_option("sources", plant_options.sources, "paths below --from")->required();
  plant_command->add_option("--from", plant_options.from, "folder of the sources")->required();
  plant_command->add_option("--to", plant_options.to, "folder of the copies")->required();
  plant_command->add_option("--list", plant_options.list, "file to append the mutants to")
      ->required();
  plant_command->add_option("--first", plant_options.first, "number of the first mutant");
  plant_command->add_option("--count", plant_options.count, "how many, of all sources together")
      ->capture_default_str();
  plant_command->add_option("--seed", plant_options.seed, "of the sample")->capture_default_str();

  fs::path list;
  std::vector<fs::path> equivalent;
  double bar = 95;
  CampaignOptions campaign;
  CLI::App* try_command = app.add_subcommand("try", "run the tests with each mutant");
  try_command->add_option("list", list, "the mutants")->required();
  try_command->add_option("--build", campaign.build, "build folder of the sources with the mutants")
      ->required();
  try_command->add_option("--results", campaign.results, "file that keeps what was found out")
      ->required();
  try_command->add_option("--key", campaign.key,
                          "of the sources; results of others are thrown away");
  try_command->add_flag("--keep-killed", campaign.keep_killed, "... but for what was killed");
  try_command->add_option("--jobs,-j", campaign.jobs, "mutants at a time")
      ->check(CLI::PositiveNumber);

  const auto add_results = [&](CLI::App& command) {
    command.add_option("list", list, "the mutants")->required();
    command.add_option("--results", campaign.results, "what was found out")->required();
    command.add_option("--equivalent", equivalent, "files of mutants that are the same machine")
        ->required();
  };
  CLI::App* survivors_command =
      app.add_subcommand("survivors", "print the numbers of those that live and should not");
  add_results(*survivors_command);
  CLI::App* report_command =
      app.add_subcommand("report", "print a table by module; exit code 1 where too many live");
  add_results(*report_command);
  report_command->add_option("--bar", bar, "percent that must be killed")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    if (plant_command->parsed()) {
      plant(plant_options);
      return 0;
    }
    const auto mutants = read_mutants(list);
    if (try_command->parsed()) {
      try_all(mutants, campaign);
      return 0;
    }
    const auto same = read_equivalent(equivalent);
    const Verdicts verdicts = read_verdicts(campaign.results);
    if (report_command->parsed()) return report(mutants, verdicts, same, bar) ? 0 : 1;
    for (const Mutant* survivor : survivors(mutants, verdicts, same))
      fmt::print("{} {}\n", survivor->number, survivor->kind);
    return 0;
  } catch (const Stopped&) {
    fmt::print(stderr, "\nstopped; the same command goes on from here\n");
    return 130;
  } catch (const std::exception& error) {
    fmt::print(stderr, "mutate: {}\n", error.what());
    return 2;
  }
}
