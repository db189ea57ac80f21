import Foundations

/// A piece of HTML or SVG in XML's syntax, in which text can only be put escaped.
///
/// A literal is markup; what is interpolated into it is text unless it is markup itself:
/// `"<td>\(name)</td>" as Markup` is safe whatever `name` holds.
package struct Markup: Sendable, Equatable {
  package private(set) var source: String

  package static let none: Markup = ""

  package static func + (first: Markup, second: Markup) -> Markup {
    var sum = first
    sum.source += second.source
    return sum
  }

  package static func += (first: inout Markup, second: Markup) { first.source += second.source }
}

extension Markup: ExpressibleByStringInterpolation {
  package init(stringLiteral value: StaticString) { source = "\(value)" }

  package init(stringInterpolation: StringInterpolation) { source = stringInterpolation.source }

  package struct StringInterpolation: StringInterpolationProtocol {
    var source = ""

    package init(literalCapacity: Int, interpolationCount: Int) { source.reserveCapacity(2 * literalCapacity) }

    package mutating func appendLiteral(_ literal: StaticString) { source += "\(literal)" }

    package mutating func appendInterpolation(_ text: String) { Escaping.append(text, to: &source) }

    package mutating func appendInterpolation(_ number: Int) { source += "\(number)" }

    package mutating func appendInterpolation(_ markup: Markup) { source += markup.source }

    package mutating func appendInterpolation(_ markups: [Markup]) {
      for markup in markups { source += markup.source }
    }

    /// Nothing for nil.
    package mutating func appendInterpolation(_ markup: Markup?) {
      if let markup { source += markup.source }
    }
  }
}

/// Text made harmless between tags and in quoted attributes.
enum Escaping {
  /// By Unicode scalar, not by character: a quotation mark with a combining accent is one character and still ends an
  /// attribute. What XML forbids, and what hides or reorders a line so that a name looks like another, becomes U+FFFD.
  static func append(_ text: String, to source: inout String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": source += "&amp;"
      case "<": source += "&lt;"
      case ">": source += "&gt;"
      case "\"": source += "&#34;"
      case "'": source += "&#39;"
      case "\n", "\t": source.unicodeScalars.append(scalar)
      case _ where !scalar.isPrintable || scalar == "\u{FFFE}" || scalar == "\u{FFFF}":
        source += "\u{FFFD}"
      default: source.unicodeScalars.append(scalar)
      }
    }
  }
}
