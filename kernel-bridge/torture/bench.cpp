// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/torture/bench.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "kernel-bridge/torture/report.h"

namespace mtty::torture {

namespace {

constexpr char kCreate[] = "/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-2/create";

std::string device_of(const std::string& uuid) { return "/sys/bus/mdev/devices/" + uuid; }

}  // namespace

std::string uuid_of(unsigned number) {
  return fmt::format("83b8f4f2-0000-0000-0000-{:012}", number);
}

void create_card(const std::string& uuid) {
  const int error = write_file(kCreate, uuid);
  if (error != 0 && error != EEXIST)
    throw std::system_error(error, std::generic_category(), "create card " + uuid);
}

int remove_card(const std::string& uuid) { return write_file(device_of(uuid) + "/remove", "1"); }

bool card_exists(const std::string& uuid) { return std::filesystem::exists(device_of(uuid)); }

uint64_t figure(const std::string& uuid, const std::string& name) {
  std::ifstream stats("/sys/kernel/debug/mtty/" + uuid + "/stats");
  for (std::string word; stats >> word;)
    if (word == name) {
      uint64_t value = 0;
      stats >> value;
      return value;
    }
  throw std::runtime_error("no figure " + name + " of card " + uuid + " (is debugfs mounted?)");
}

Parameter::Parameter(const std::string& name, unsigned value)
    : path_("/sys/module/mtty/parameters/" + name) {
  std::ifstream(path_) >> before_;
  if (const int error = write_file(path_, fmt::to_string(value)))
    throw std::system_error(error, std::generic_category(), path_);
}

Parameter::~Parameter() { write_file(path_, before_); }

int load_module(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return errno;
  return syscall(SYS_finit_module, fd.get(), "", 0) == 0 ? 0 : errno;
}

int unload_module() { return syscall(SYS_delete_module, "mtty", O_NONBLOCK) == 0 ? 0 : errno; }

}  // namespace mtty::torture
