// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace mtty {

/// Ring of 16 entries, the depth of both FIFOs of a 16550A.
template <typename Entry>
class Fifo {
 public:
  static constexpr unsigned kDepth = 16;

  unsigned size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == kDepth; }
  void clear() { size_ = 0; }

  /// Only when not full.
  void push(Entry entry) { entries_[(first_ + size_++) % kDepth] = entry; }
  /// Only when not empty.
  Entry pop() {
    const Entry entry = entries_[first_];
    first_ = (first_ + 1) % kDepth;
    --size_;
    return entry;
  }
  /// The oldest entry is number 0.
  Entry& operator[](unsigned index) { return entries_[(first_ + index) % kDepth]; }
  const Entry& operator[](unsigned index) const { return entries_[(first_ + index) % kDepth]; }

  template <class Archive>
  void visit(Archive& archive) {
    archive(entries_);
    archive.limit(first_, std::uint8_t(kDepth - 1));
    archive.limit(size_, std::uint8_t(kDepth));
  }

 private:
  std::array<Entry, kDepth> entries_{};
  std::uint8_t first_ = 0;
  std::uint8_t size_ = 0;
};

}  // namespace mtty
