/// What the daemon, the command line and the documents know of a method: no more than words and rules.
package struct MethodDeclaration: Sendable {
  package let name: MethodName
  /// Half a sentence.
  package let summary: String
  /// Beside those that `MethodSettings` has for all.
  package let settings: [MethodSetting]
  /// G, carriers of a key; nil for marks without one.
  package let keySize: @Sendable (MethodSettings) -> Int?

  package init(
    _ name: MethodName, _ summary: String, settings: [MethodSetting] = [],
    keySize: @escaping @Sendable (MethodSettings) -> Int? = { _ in nil }
  ) {
    self.name = name
    self.summary = summary
    self.settings = settings
    self.keySize = keySize
  }
}

/// A method's name, as settings, generator files and reports have it: lower-case letters, digits and dashes.
package struct MethodName: RawRepresentable, Hashable, Sendable, Codable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }
}

extension MethodName: CustomStringConvertible {
  package var description: String { rawValue }
}
