// SPDX-License-Identifier: Apache-2.0
#include "tb/mutate/source_mutants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace mtty {
namespace {

struct Token {
  std::string_view text;
  std::size_t begin, end;
  bool space_before, space_behind;
  std::size_t partner = 0;  // of a bracket: its other end
};

bool is_word(const Token& token) {
  return std::isalpha(static_cast<unsigned char>(token.text[0])) || token.text[0] == '_';
}
bool is_number(const Token& token) {
  return std::isdigit(static_cast<unsigned char>(token.text[0]));
}
bool opens(const Token& token) {
  return token.text == "(" || token.text == "[" || token.text == "{";
}
bool closes(const Token& token) {
  return token.text == ")" || token.text == "]" || token.text == "}";
}

/// Splits a source; comments, strings and preprocessor lines are left out.
std::vector<Token> tokens_of(const std::string& source) {
  static constexpr std::string_view kLong[] = {"<<=", ">>=", "->", "++", "--", "::", "&&", "||",
                                               "==",  "!=",  "<=", ">=", "<<", ">>", "+=", "-=",
                                               "*=",  "/=",  "%=", "&=", "|=", "^="};
  std::vector<Token> tokens;
  std::vector<std::size_t> open;
  const auto space = [&](std::size_t at) {
    return at >= source.size() || std::isspace(static_cast<unsigned char>(source[at]));
  };
  bool line_begins = true;
  for (std::size_t at = 0; at < source.size();) {
    const char c = source[at];
    if (c == '\n') line_begins = true;
    if (space(at)) {
      ++at;
      continue;
    }
    if (source.compare(at, 2, "//") == 0 || (c == '#' && line_begins)) {
      at = std::min(source.find('\n', at), source.size());
      continue;
    }
    line_begins = false;
    std::size_t end = at + 1;
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      const bool number = std::isdigit(static_cast<unsigned char>(c));
      while (end < source.size() &&
             (std::isalnum(static_cast<unsigned char>(source[end])) || source[end] == '_' ||
              (number && (source[end] == '\'' || source[end] == '.'))))
        ++end;
    } else if (c == '"' || c == '\'') {
      while (end < source.size() && source[end] != c) end += source[end] == '\\' ? 2 : 1;
      at = end + 1;
      continue;
    } else {
      for (const std::string_view text : kLong)
        if (source.compare(at, text.size(), text) == 0) {
          end = at + text.size();
          break;
        }
    }
    Token token{std::string_view(source).substr(at, end - at), at, end, at == 0 || space(at - 1),
                space(end)};
    if (opens(token)) {
      open.push_back(tokens.size());
    } else if (closes(token) && !open.empty()) {
      token.partner = open.back();
      tokens[open.back()].partner = tokens.size();
      open.pop_back();
    }
    tokens.push_back(token);
    at = end;
  }
  return tokens;
}

/// How tightly a binary operator binds; 0 for a token that is none, or that stands where
/// clang-format puts no two spaces.
int precedence(const Token& token) {
  static const std::map<std::string_view, int> kPrecedence = {
      {"||", 1}, {"&&", 2}, {"|", 3}, {"^", 4},  {"&", 5},  {"==", 6},
      {"!=", 6}, {"<", 7},  {">", 7}, {"<=", 7}, {">=", 7}, {"<<", 8},
      {">>", 8}, {"+", 9},  {"-", 9}, {"*", 10}, {"/", 10}, {"%", 10}};
  if (!token.space_before || !token.space_behind) return 0;
  const auto found = kPrecedence.find(token.text);
  return found == kPrecedence.end() ? 0 : found->second;
}

bool is_assignment(const Token& token) {
  static const std::set<std::string_view> kAssignments = {
      "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="};
  return kAssignments.count(token.text) != 0;
}

/// What ends an operand, whatever the operator.
bool is_delimiter(const Token& token) {
  static const std::set<std::string_view> kDelimiters = {",", ";", "?", ":", "return"};
  return kDelimiters.count(token.text) || is_assignment(token);
}

class Finder {
 public:
  explicit Finder(const std::string& source) : source_(source), tokens_(tokens_of(source)) {
    for (std::size_t i = 0; i + 2 < tokens_.size(); ++i)
      if (is_enumerator(i)) enumerators_[tokens_[i].text].insert(tokens_[i + 2].text);
  }

  std::vector<SourceMutant> find() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) look_at(i);
    name_apart();
    return std::move(mutants_);
  }

 private:
  enum class Scope { kNames, kClass, kEnum, kCode, kList };

  void look_at(std::size_t i) {
    const Token& token = tokens_[i];
    if (token.text == "{") {
      scopes_.push_back(scope_of(i));
    } else if (token.text == "}") {
      scopes_.pop_back();
    }
    if (computed_by_compiler(i)) {
      // To the end of the statement or label.
      const bool label = token.text == "case";
      skip_until_ = i;
      while (skip_until_ < tokens_.size() && tokens_[skip_until_].text != (label ? ":" : ";")) {
        if (opens(tokens_[skip_until_])) skip_until_ = tokens_[skip_until_].partner;
        ++skip_until_;
      }
    }
    if (i <= skip_until_ && skip_until_ != 0) return;
    const Scope scope = scopes_.empty() ? Scope::kNames : scopes_.back();
    if (scope == Scope::kClass) return initial_value(i);
    if (scope != Scope::kCode && scope != Scope::kList) return;
    binary(i);
    condition(i);
    negation(i);
    enumerator(i);
    if (scope == Scope::kCode) {
      literal(i);
      statement(i);
    }
  }

  /// constexpr functions are code like any other.
  bool computed_by_compiler(std::size_t i) const {
    const std::string_view text = tokens_[i].text;
    if (text == "case" || text == "using" || text == "static_assert" || text == "template")
      return true;
    if (text != "constexpr") return false;
    for (std::size_t j = i; j < tokens_.size(); ++j) {
      if (tokens_[j].text == "(") return false;
      if (tokens_[j].text == "=" || tokens_[j].text == ";" || tokens_[j].text == "{") return true;
    }
    return true;
  }

  Scope scope_of(std::size_t brace) const {
    const bool in_code =
        !scopes_.empty() && (scopes_.back() == Scope::kCode || scopes_.back() == Scope::kList);
    if (in_code) {
      static const std::set<std::string_view> kBeforeBlock = {")",  ";",     "{",       "}", "else",
                                                              "do", "const", "mutable", ":"};
      return scopes_.back() == Scope::kCode && kBeforeBlock.count(tokens_[brace - 1].text)
                 ? Scope::kCode
                 : Scope::kList;
    }
    Scope scope = Scope::kNames;
    for (std::size_t j = brace; j-- > 0;) {
      const std::string_view text = tokens_[j].text;
      if (text == ";" || text == "{" || text == "}") break;
      if (text == "namespace") return Scope::kNames;
      if (text == "enum") return Scope::kEnum;
      if (text == "(") scope = Scope::kCode;
      if (text == "=") return Scope::kList;
      if ((text == "class" || text == "struct") && scope != Scope::kCode) scope = Scope::kClass;
    }
    // A member with a braced initial value.
    if (scope == Scope::kNames && is_word(tokens_[brace - 1])) return Scope::kList;
    return scope;
  }

  // ---- Kinds of mutants ----

  void binary(std::size_t i) {
    static const std::map<std::string_view, std::vector<std::string>> kOthers = {
        {"==", {"!="}},     {"!=", {"=="}},     {"<", {"<=", ">="}}, {">", {">=", "<="}},
        {"<=", {"<", ">"}}, {">=", {">", "<"}}, {"&&", {"||"}},      {"||", {"&&"}},
        {"&", {"|"}},       {"|", {"&"}},       {"^", {"|", "&"}},   {"<<", {">>"}},
        {">>", {"<<"}},     {"+", {"-"}},       {"-", {"+"}},        {"*", {"/"}},
        {"/", {"*"}},       {"%", {"*"}}};
    const int strength = precedence(tokens_[i]);
    if (strength == 0) return;
    const std::size_t begin = tokens_[left_end(i, strength)].begin,
                      end = tokens_[right_end(i, strength)].end;
    for (const std::string& other : kOthers.at(tokens_[i].text)) {
      const std::string wrong = text(begin, tokens_[i].begin) + other + text(tokens_[i].end, end);
      choose(begin, end, wrong, fmt::format("{} becomes {}", tokens_[i].text, other), i);
    }
  }

  void condition(std::size_t i) {
    const bool asks = tokens_[i].text == "if" || tokens_[i].text == "while";
    if (!asks || tokens_[i + 1].text != "(") return;
    const std::size_t open = i + 1, close = tokens_[open].partner;
    for (std::size_t j = open; j < close; ++j)
      if (tokens_[j].text == "=" || tokens_[j].text == ";") return;  // declares something
    const std::size_t begin = tokens_[open].end, end = tokens_[close].begin;
    add({begin, end, "(mutant(%) ? !(" + text(begin, end) + ") : static_cast<bool>(", "))", 0,
         "the condition is negated"},
        i);
  }

  void negation(std::size_t i) {
    const Token& token = tokens_[i];
    if (token.text != "!" && token.text != "~") return;
    std::size_t last = i + 1;  // the end of what is negated
    if (opens(tokens_[last])) last = tokens_[last].partner;
    for (; last + 1 < tokens_.size(); ++last) {
      const std::string_view next = tokens_[last + 1].text;
      if (next == "(" || next == "[" || (next == "{" && !tokens_[last + 1].space_before))
        last = tokens_[last + 1].partner - 1;
      else if (next == "::" || next == "." || next == "->")
        continue;
      else if (!is_word(tokens_[last + 1]) || tokens_[last + 1].space_before)
        break;
    }
    const std::string operand = text(token.end, tokens_[last].end);
    choose(token.begin, tokens_[last].end,
           token.text == "!" ? "static_cast<bool>(" + operand + ")" : operand,
           fmt::format("{} is left out", token.text), i);
  }

  void enumerator(std::size_t i) {
    if (!is_enumerator(i) || (i > 0 && tokens_[i - 1].text == "::")) return;
    const auto& all = enumerators_.at(tokens_[i].text);
    auto other = std::next(all.find(tokens_[i + 2].text));
    if (other == all.end()) other = all.begin();
    if (*other == tokens_[i + 2].text) return;
    const std::string wrong = fmt::format("{}::{}", tokens_[i].text, *other);
    choose(tokens_[i].begin, tokens_[i + 2].end, wrong,
           fmt::format("{} becomes {}", tokens_[i + 2].text, *other), i);
  }

  void literal(std::size_t i) {
    const Token& token = tokens_[i];
    if (token.text == "true" || token.text == "false") {
      const std::string other = token.text == "true" ? "false" : "true";
      return choose(token.begin, token.end, other, fmt::format("{} becomes {}", token.text, other),
                    i);
    }
    if (!is_number(token) || token.text.find('.') != std::string_view::npos) return;
    static const std::set<std::string_view> kNotBehind = {"<", "[", "{"};
    if (i > 0 && kNotBehind.count(tokens_[i - 1].text)) return;
    if (tokens_[i + 1].text == ">" && !tokens_[i + 1].space_before) return;  // of a template
    choose(token.begin, token.end, fmt::format("{} + 1", token.text),
           fmt::format("{} becomes one more", token.text), i);
    if (token.text != "0")
      choose(token.begin, token.end, fmt::format("{} - 1", token.text),
             fmt::format("{} becomes one less", token.text), i);
  }

  /// An assignment or call that is left out.
  void statement(std::size_t i) {
    static const std::set<std::string_view> kBefore = {";", "{", "}", ")", "else", ":"};
    if (i == 0 || !kBefore.count(tokens_[i - 1].text)) return;
    if (tokens_[i - 1].text == ")" && !is_header_end(i - 1)) return;
    if (tokens_[i - 1].text == ":" && !is_label_end(i - 1)) return;
    std::size_t j = i;
    if (tokens_[j].text == "++" || tokens_[j].text == "--" || tokens_[j].text == "*") ++j;
    if (!is_word(tokens_[j]) || is_keyword(tokens_[j].text)) return;
    bool acts = j != i;
    for (; j < tokens_.size() && tokens_[j].text != ";"; ++j) {
      const Token& token = tokens_[j];
      if (is_word(token) && j > i && is_word(tokens_[j - 1])) return;  // a declaration: Type name
      if (closes(token)) return;                                       // the last part of for (...)
      static const std::set<std::string_view> kNotYet = {"<", "{", "&", "*", "?", ":"};
      if (!acts && kNotYet.count(token.text)) return;
      acts |= is_assignment(token) || token.text == "(" || token.text == "++" || token.text == "--";
      if (opens(token)) j = token.partner;
    }
    if (!acts || j >= tokens_.size()) return;
    add({tokens_[i].begin, tokens_[j].begin, "mutant(%) ? void() : void(", ")", 0,
         "the statement is left out"},
        i);
  }

  /// A member's initial value.
  void initial_value(std::size_t i) {
    if (tokens_[i].text != "=" || i + 2 >= tokens_.size() || tokens_[i + 2].text != ";") return;
    if (tokens_[i - 1].text.back() != '_') return;
    literal(i + 1);
  }

  // ---- Extents ----

  std::size_t left_end(std::size_t i, int strength) const {
    std::size_t first = i;
    while (first > 0) {
      const Token& token = tokens_[first - 1];
      if (opens(token) || is_delimiter(token)) break;
      const int other = precedence(token);
      if (other && other < strength) break;
      // The end of if (...), after which a statement begins.
      if (token.text == ")" && is_header_end(first - 1)) break;
      first = closes(token) ? token.partner : first - 1;
    }
    return first;
  }

  std::size_t right_end(std::size_t i, int strength) const {
    std::size_t last = i;
    while (last + 1 < tokens_.size()) {
      const Token& token = tokens_[last + 1];
      if (closes(token) || is_delimiter(token)) break;
      const int other = precedence(token);
      if (other && other <= strength) break;
      last = opens(token) ? token.partner : last + 1;
    }
    return last;
  }

  /// Of a case, not of ?: or of for (x : y).
  bool is_label_end(std::size_t colon) const {
    static const std::set<std::string_view> kEnds = {"case", "default", "?", "(", ";", "{", "}"};
    std::size_t j = colon;
    while (j > 0 && !kEnds.count(tokens_[j].text)) --j;
    return tokens_[j].text == "case" || tokens_[j].text == "default";
  }

  bool is_header_end(std::size_t close) const {
    static const std::set<std::string_view> kHeaders = {"if", "for", "while", "switch"};
    const std::size_t open = tokens_[close].partner;
    return open > 0 && kHeaders.count(tokens_[open - 1].text);
  }

  static bool is_keyword(std::string_view text) {
    static const std::set<std::string_view> kKeywords = {
        "return",   "const", "auto", "using",  "static",  "constexpr", "if",
        "for",      "while", "do",   "switch", "case",    "break",     "continue",
        "unsigned", "bool",  "int",  "case",   "default", "char",      "double",
        "struct",   "class", "else", "throw",  "this",    "assert"};
    return kKeywords.count(text) != 0;
  }

  /// name::kName
  bool is_enumerator(std::size_t i) const {
    if (i + 2 >= tokens_.size() || !is_word(tokens_[i]) || tokens_[i + 1].text != "::")
      return false;
    const std::string_view name = tokens_[i + 2].text;
    return name.size() > 1 && name[0] == 'k' && std::isupper(static_cast<unsigned char>(name[1]));
  }

  // ---- Collecting ----

  std::string text(std::size_t begin, std::size_t end) const {
    return source_.substr(begin, end - begin);
  }

  void choose(std::size_t begin, std::size_t end, const std::string& wrong, const std::string& what,
              std::size_t i) {
    add({begin, end, "(mutant(%) ? (" + wrong + ") : (", "))", 0, what}, i);
  }

  void add(SourceMutant mutant, std::size_t i) {
    const std::size_t at = tokens_[i].begin;
    mutant.line =
        unsigned(1 + std::count(source_.begin(), source_.begin() + std::ptrdiff_t(at), '\n'));
    const std::size_t line_begin = source_.rfind('\n', at) + 1;
    const std::size_t first = source_.find_first_not_of(' ', line_begin);
    std::string line = text(first, source_.find('\n', at));
    if (const auto comment = line.find("  //"); comment != std::string::npos) line.resize(comment);
    mutant.name = fmt::format("{}: {}", line, mutant.name);
    mutants_.push_back(std::move(mutant));
  }

  /// Of several with one name, the others get a number.
  void name_apart() {
    std::map<std::string, unsigned> seen;
    for (SourceMutant& mutant : mutants_)
      if (const unsigned n = ++seen[mutant.name]; n > 1) mutant.name += fmt::format(" ({})", n);
  }

  const std::string& source_;
  const std::vector<Token> tokens_;
  std::map<std::string_view, std::set<std::string_view>> enumerators_;  // by what stands before ::
  std::vector<Scope> scopes_;
  std::size_t skip_until_ = 0;
  std::vector<SourceMutant> mutants_;
};

/// FNV-1a: the same on every machine.
std::uint64_t hash(const std::string& text, std::uint64_t seed) {
  std::uint64_t value = 0xcbf29ce484222325 ^ (seed * 0x9e3779b97f4a7c15);
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value ^ value >> 29;
}

}  // namespace

std::vector<SourceMutant> find_mutants(const std::string& source) { return Finder(source).find(); }

std::vector<SourceMutant> sample(std::vector<SourceMutant> mutants, double share,
                                 std::uint64_t seed) {
  const auto wanted = std::size_t(std::ceil(double(mutants.size()) * share));
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  for (std::size_t i = 0; i < mutants.size(); ++i)
    order.emplace_back(hash(mutants[i].name, seed), i);
  std::sort(order.begin(), order.end());
  order.resize(std::min(wanted, order.size()));
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<SourceMutant> chosen;
  chosen.reserve(order.size());
  for (const auto& [value, index] : order) chosen.push_back(std::move(mutants[index]));
  return chosen;
}

std::string plant(const std::string& source, const std::vector<SourceMutant>& mutants,
                  unsigned first) {
  struct Insertion {
    std::size_t at;
    bool opens;
    std::size_t length;  // of what it goes around
    std::size_t index;
  };
  std::vector<Insertion> insertions;
  for (std::size_t i = 0; i < mutants.size(); ++i) {
    const std::size_t length = mutants[i].end - mutants[i].begin;
    insertions.push_back({mutants[i].begin, true, length, i});
    insertions.push_back({mutants[i].end, false, length, i});
  }
  // At one place: what ends there comes first, the innermost foremost; then what begins, the
  // outermost foremost.
  std::sort(insertions.begin(), insertions.end(), [](const Insertion& a, const Insertion& b) {
    if (a.at != b.at) return a.at < b.at;
    if (a.opens != b.opens) return b.opens;
    if (a.length != b.length) return a.opens ? a.length > b.length : a.length < b.length;
    return a.opens ? a.index < b.index : a.index > b.index;
  });
  std::string planted;
  std::size_t copied = 0;
  for (const Insertion& insertion : insertions) {
    planted.append(source, copied, insertion.at - copied);
    copied = insertion.at;
    const SourceMutant& mutant = mutants[insertion.index];
    std::string text = insertion.opens ? mutant.before : mutant.behind;
    if (const auto number = text.find('%'); insertion.opens && number != std::string::npos)
      text.replace(number, 1, std::to_string(first + insertion.index));
    planted += text;
  }
  planted.append(source, copied);
  return "#include \"tb/mutate/mutant.h\"\n" + planted;
}

}  // namespace mtty
