import Foundation
import Foundations
import Glibc
import Trials

/// Standard output and standard error, unbuffered: what is written is seen at once, also by a pipe.
enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  var isTerminal: Bool { isatty(rawValue) == 1 }

  /// Whether it is a terminal that shows 24-bit colours, and nobody has asked for none (https://no-color.org).
  var hasColours: Bool {
    let environment = ProcessInfo.processInfo.environment
    return isTerminal && ["truecolor", "24bit"].contains(environment["COLORTERM"])
      && environment["NO_COLOR", default: ""].isEmpty
  }

  /// Writes the text; a reader that has gone away is no error of ours.
  func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}

/// Prints a line for people on standard output. Names in it may come from archives, packages and models.
func printLine(_ text: String) { print(PrintableText(text, limit: .max)) }

/// Prints the picture as the terminal can show it. There is nothing of strangers in it.
func printPicture(_ picture: AssignmentPicture) {
  for line in picture.lines(inColour: StandardStream.output.hasColours) { print(line) }
}
