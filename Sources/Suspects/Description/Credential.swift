/// A secret that a suspect wants to see. It can be neither encoded nor printed.
package struct Credential: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let value: String

  /// White space around the secret, such as a file's last newline, does not belong to it.
  /// - Throws: `SuspectError.credential` for an empty one and for bytes that no header can carry.
  package init(_ text: String) throws {
    let trimmed = text.drop(while: \.isWhitespace)
    let end = trimmed.lastIndex { !$0.isWhitespace }
    value = end.map { String(trimmed[...$0]) } ?? ""
    guard !value.isEmpty, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw SuspectError.credential(reason: "it must be one line of printable ASCII characters")
    }
  }

  package var description: String { "(credential)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
