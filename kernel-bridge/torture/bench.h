// SPDX-License-Identifier: Apache-2.0
// The module and its cards, as a superuser handles them.
#pragma once

#include <cstdint>
#include <string>

namespace mtty::torture {

/// "83b8f4f2-0000-0000-0000-" and twelve digits.
std::string uuid_of(unsigned number);

/// Creates the mdev of a card with two ports; where it is there already that is fine too. Throws
/// std::system_error.
void create_card(const std::string& uuid);
/// Asks the kernel to remove it, which waits for its VFIO user. 0 or errno.
int remove_card(const std::string& uuid);
bool card_exists(const std::string& uuid);

/// A figure of a card, of its stats in debugfs. Throws std::runtime_error where it cannot be read.
uint64_t figure(const std::string& uuid, const std::string& name);

/// Sets a module parameter, and sets it back at the end.
class Parameter {
 public:
  Parameter(const std::string& name, unsigned value);
  ~Parameter();
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;

 private:
  std::string path_;
  std::string before_;
};

/// Loads mtty.ko from a file, or unloads it. 0 or errno.
int load_module(const std::string& path);
int unload_module();

}  // namespace mtty::torture
