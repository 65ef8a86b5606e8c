// SPDX-License-Identifier: Apache-2.0
// What gcov has counted in the model.
#pragma once

#include "tb/coverage/tracefile.h"

namespace mtty {

/// From what `gcov --json-format --branch-probabilities --stdout` prints: lines and branches of the
/// sources in `root`/model, those of tests and of model/wave left out, added up over all programs
/// and all instances of a template, without what is excluded. A call that may throw is no branch.
/// Appends to `wrong` what is excluded and was taken all the same, or does not exist.
Tracefile read_gcov(const std::filesystem::path& json, const std::filesystem::path& root,
                    const std::vector<Exclusion>& exclusions, std::vector<std::string>& wrong);

}  // namespace mtty
