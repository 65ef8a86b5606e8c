// SPDX-License-Identifier: Apache-2.0
// Tries mutants one by one: which of them the tests kill.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mtty {

struct Mutant {
  unsigned number;     ///< MTTY_MUTANT
  std::string kind;    ///< rtl, model
  std::string module;  ///< its source file
  std::string name;

  std::string full_name() const { return module + ": " + name; }
};

/// Lines of number, kind, module, name, with tabs between them.
std::vector<Mutant> read_mutants(const std::filesystem::path& list);

/// Mutants that are the same machine: "module: name", and below it, indented, the reason.
std::map<std::string, std::string> read_equivalent(const std::vector<std::filesystem::path>& files);

struct Verdict {
  bool killed = false;
  std::string by;  ///< the test that failed; "-" for a survivor
};
using Verdicts = std::map<std::string, Verdict>;  ///< by full name

struct CampaignOptions {
  std::filesystem::path build;    ///< where the programs with the mutants are
  std::filesystem::path results;  ///< what has been found out is kept here
  std::string key;                ///< of the sources; results of others are thrown away ...
  bool keep_killed = false;       ///< ... but for mutants that were killed
  unsigned jobs = 1;
};

/// Runs for each mutant the tests of its kind until one fails, several mutants at a time. Goes on
/// where it was stopped. Throws std::runtime_error where a test fails without a mutant, and Stopped
/// after SIGINT or SIGTERM.
void try_all(const std::vector<Mutant>& mutants, const CampaignOptions& options);

struct Stopped {};

/// What try_all has found out so far.
Verdicts read_verdicts(const std::filesystem::path& results);

/// Those that were tried, live, and are not equivalent.
std::vector<const Mutant*> survivors(const std::vector<Mutant>& mutants, const Verdicts& verdicts,
                                     const std::map<std::string, std::string>& equivalent);

/// Prints killed, equivalent and survived by module, and the survivors. True where at least `bar`
/// percent of those that are not equivalent were killed, of each kind, and no mutant was killed
/// that is said to be equivalent.
bool report(const std::vector<Mutant>& mutants, const Verdicts& verdicts,
            const std::map<std::string, std::string>& equivalent, double bar);

}  // namespace mtty
