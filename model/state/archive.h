// SPDX-License-Identifier: Apache-2.0
// Objects as bytes and back, member by member.
//
// A class that can be saved lists its members:
//
//   template <class Archive>
//   void visit(Archive& archive) { archive(divisor_, ticks_, next_); }
//
// The same list serves StateWriter and StateReader. Where not every value makes sense, the list
// says so by limit(), same() or check(), which mean something to the reader only.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace mtty {

/// Why bytes are no state; what() goes behind "FILE ".
class StateError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Members are written one behind the other in the machine's own representation.
class StateWriter {
 public:
  static constexpr bool kReads = false;

  StateWriter(char* begin, std::size_t room) : begin_(begin), at_(begin), end_(begin + room) {}

  template <typename... Members>
  void operator()(Members&... members) {
    (put(members), ...);
  }
  /// Not more than `last`.
  template <typename Member>
  void limit(Member& member, Member) {
    put(member);
  }
  /// As it is in the object that is restored: a property, not a state.
  template <typename Member>
  void same(Member& member) {
    put(member);
  }
  void check(bool) {}

  std::size_t size() const { return std::size_t(at_ - begin_); }

 private:
  template <typename Member>
  void put(Member& member) {
    if constexpr (std::is_class_v<Member>) {
      member.visit(*this);
    } else {
      static_assert(std::is_integral_v<Member> || std::is_enum_v<Member>);
      bytes(&member, sizeof member);
    }
  }
  template <typename Item, std::size_t count>
  void put(std::array<Item, count>& items) {
    if constexpr (std::is_same_v<Item, std::uint8_t>)
      bytes(items.data(), count);
    else
      for (Item& item : items) put(item);
  }
  void bytes(const void* from, std::size_t count) {
    if (std::size_t(end_ - at_) < count) throw StateError("has no room for the state");
    std::memcpy(at_, from, count);
    at_ += count;
  }

  char* const begin_;
  char* at_;
  char* const end_;
};

/// Throws StateError where the bytes can be no state of the object.
class StateReader {
 public:
  static constexpr bool kReads = true;

  StateReader(const char* begin, std::size_t size) : at_(begin), end_(begin + size) {}

  template <typename... Members>
  void operator()(Members&... members) {
    (get(members), ...);
  }
  template <typename Member>
  void limit(Member& member, Member last) {
    Member read;
    get(read);
    check(read <= last);
    member = read;
  }
  template <typename Member>
  void same(Member& member) {
    auto read = std::remove_const_t<Member>();
    get(read);
    if (read != member) throw StateError("is the state of another kind of card");
  }
  void check(bool sensible) {
    if (!sensible) throw StateError("holds no state that a card can have");
  }
  /// To be called at the end: nothing may be left.
  void finish() { check(at_ == end_); }

 private:
  template <typename Member>
  void get(Member& member) {
    if constexpr (std::is_same_v<Member, bool>) {
      std::uint8_t byte;
      bytes(&byte, 1);
      check(byte <= 1);
      member = byte;
    } else if constexpr (std::is_class_v<Member>) {
      member.visit(*this);
    } else {
      static_assert(std::is_integral_v<Member> || std::is_enum_v<Member>);
      bytes(&member, sizeof member);
    }
  }
  template <typename Item, std::size_t count>
  void get(std::array<Item, count>& items) {
    if constexpr (std::is_same_v<Item, std::uint8_t>)
      bytes(items.data(), count);
    else
      for (Item& item : items) get(item);
  }
  void bytes(void* to, std::size_t count) {
    check(std::size_t(end_ - at_) >= count);
    std::memcpy(to, at_, count);
    at_ += count;
  }

  const char* at_;
  const char* const end_;
};

}  // namespace mtty
