// SPDX-License-Identifier: Apache-2.0
#include "tb/regress/launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <map>
#include <sstream>
#include <stdexcept>

namespace mtty {
namespace {

class LocalLauncher final : public Launcher {
 public:
  LocalLauncher(std::vector<std::string> command, unsigned jobs)
      : command_(std::move(command)), jobs_(jobs) {}
  ~LocalLauncher() override { LocalLauncher::stop(); }

  void start(const std::vector<unsigned>& tasks) override {
    waiting_.insert(waiting_.end(), tasks.begin(), tasks.end());
    fill();
  }

  std::vector<unsigned> under_way() override {
    for (auto it = running_.begin(); it != running_.end();)
      it = waitpid(it->first, nullptr, WNOHANG) == it->first ? running_.erase(it) : std::next(it);
    fill();
    std::vector<unsigned> tasks(waiting_.begin(), waiting_.end());
    for (const auto& [process, task] : running_) tasks.push_back(task);
    return tasks;
  }

  void stop() override {
    waiting_.clear();
    for (const auto& [process, task] : running_) kill(-process, SIGKILL);
    for (const auto& [process, task] : running_) waitpid(process, nullptr, 0);
    running_.clear();
  }

 private:
  void fill() {
    for (; running_.size() < jobs_ && !waiting_.empty(); waiting_.pop_front())
      running_[play(waiting_.front())] = waiting_.front();
  }

  pid_t play(unsigned task) {
    std::vector<std::string> words = command_;
    words.push_back(std::to_string(task));
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = getpid(), process = fork();
    if (process < 0) throw std::runtime_error("cannot start a process");
    if (process > 0) return process;
    setpgid(0, 0);  // Ctrl-C is for the parent
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    execv(arguments[0], arguments.data());
    _exit(1);
  }

  const std::vector<std::string> command_;
  const unsigned jobs_;
  std::deque<unsigned> waiting_;
  std::map<pid_t, unsigned> running_;
};

/// What a command prints; throws with it where it fails.
std::string output_of(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot start a process");
  std::string output;
  char part[4096];
  for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) output.append(part, n);
  if (pclose(pipe) != 0)
    throw std::runtime_error(fmt::format("{}: {}", command.substr(0, command.find(' ')), output));
  return output;
}

std::string quoted(const std::string& word) { return "'" + word + "'"; }

class SlurmLauncher final : public Launcher {
 public:
  SlurmLauncher(const std::vector<std::string>& command, std::string folder)
      : folder_(std::move(folder)) {
    for (const std::string& word : command) script_ += quoted(word) + " ";
  }
  ~SlurmLauncher() override {
    try {
      SlurmLauncher::stop();
    } catch (const std::exception&) {  // Slurm has gone; so have the tasks
    }
  }

  void start(const std::vector<unsigned>& tasks) override {
    // --requeue: a task of a node that fails begins again.
    const std::string job =
        output_of(fmt::format("sbatch --parsable --requeue --job-name=mtty-regress --ntasks=1 "
                              "--cpus-per-task=1 --array={} --output={} --wrap={}",
                              fmt::join(tasks, ","), quoted(folder_ + "/task-%a.log"),
                              "\"exec " + script_ + "\\$SLURM_ARRAY_TASK_ID\""));
    jobs_.push_back(job.substr(0, job.find_first_of(";\n")));
  }

  std::vector<unsigned> under_way() override {
    std::vector<unsigned> tasks;
    if (jobs_.empty()) return tasks;
    // --array: a line a task, pending ones too.
    std::istringstream lines(
        output_of(fmt::format("squeue --noheader --array --format=%K --me --name=mtty-regress "
                              "--states=PD,R,CG,CF,S,RQ,RS")));
    for (std::string line; std::getline(lines, line);)
      if (line.find_first_not_of(" 0123456789") == std::string::npos && !line.empty())
        tasks.push_back(unsigned(std::stoul(line)));
    return tasks;
  }

  void stop() override {
    for (const std::string& job : jobs_) output_of("scancel --quiet " + job);
    jobs_.clear();
  }

 private:
  std::string script_;
  const std::string folder_;
  std::vector<std::string> jobs_;
};

}  // namespace

std::unique_ptr<Launcher> make_local_launcher(std::vector<std::string> command, unsigned jobs) {
  return std::make_unique<LocalLauncher>(std::move(command), jobs);
}
std::unique_ptr<Launcher> make_slurm_launcher(const std::vector<std::string>& command,
                                              std::string folder) {
  return std::make_unique<SlurmLauncher>(command, std::move(folder));
}

}  // namespace mtty
