// SPDX-License-Identifier: Apache-2.0
// Who plays the seeds: processes of this machine, or a Slurm cluster.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace mtty {

class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Has these tasks played; none of them is being played.
  virtual void start(const std::vector<unsigned>& tasks) = 0;
  /// Tasks that were started and have not ended yet, whether they did what they should or were
  /// killed.
  virtual std::vector<unsigned> under_way() = 0;
  /// Ends all that is under way.
  virtual void stop() = 0;
};

/// `command` plays the task whose number stands behind it; `jobs` at a time.
std::unique_ptr<Launcher> make_local_launcher(std::vector<std::string> command, unsigned jobs);
/// As a job array; sbatch, squeue and scancel must be there. Each task's output goes to `folder`.
/// Throws std::runtime_error where Slurm does not take the job.
std::unique_ptr<Launcher> make_slurm_launcher(const std::vector<std::string>& command,
                                              std::string folder);

}  // namespace mtty
