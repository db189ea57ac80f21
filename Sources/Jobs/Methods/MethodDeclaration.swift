/// What the daemon, the command line and the documents know of a method: no more than words and rules.
package struct MethodDeclaration: Sendable {
  package let name: MethodName
  /// Half a sentence.
  package let summary: String
  /// All that it has.
  package let settings: [any DeclaredSetting]
  /// Settings of other methods that may stand with it and mean nothing: the first versions stored one form for all methods,
  /// and the digest of that form is what a generator is found by.
  package let ignored: [any DeclaredSetting]
  /// How much of an archive a release marks unless somebody says otherwise.
  package let rate: MarkingRate
  /// Whether it marks images of other sizes than networks see, as its `SampleMarker.mark(_:_:)` says.
  package let takesAnySize: Bool
  /// Whether it gives marked samples to other classes than they have.
  package let changesLabels: Bool
  /// G, carriers of a key; nil for marks without one.
  package let keySize: @Sendable (MethodSettings) -> Int?

  /// - Parameter settings: beside `SharedSettings.lpips`, which releases of every method are measured with, the size that
  ///   networks see, where there is a choice, and the owner's consent to other labels, where it is needed.
  package init(
    _ name: MethodName, _ summary: String, settings: [any DeclaredSetting] = [], ignoring: [any DeclaredSetting] = [],
    rate: MarkingRate = .half, takesAnySize: Bool = false, changesLabels: Bool = false,
    keySize: @escaping @Sendable (MethodSettings) -> Int? = { _ in nil }
  ) {
    (self.name, self.summary, self.rate, self.keySize) = (name, summary, rate, keySize)
    self.takesAnySize = takesAnySize
    self.changesLabels = changesLabels
    self.settings =
      settings + (takesAnySize ? [SharedSettings.trainingSize] : [])
      + (changesLabels ? [SharedSettings.allowLabelChanges] : []) + [SharedSettings.lpips]
    ignored = ignoring
  }

  /// What its stored form may have.
  package var stored: [any DeclaredSetting] { settings + ignored }
}

extension [MethodDeclaration] {
  package subscript(name: MethodName) -> MethodDeclaration? { first { $0.name == name } }

  /// Every setting of the methods, once, with the names of those that have it.
  package var settings: [(setting: any DeclaredSetting, methods: [MethodName])] {
    var keys: Set<String> = []
    return flatMap(\.settings).filter { keys.insert($0.key).inserted }.map { setting in
      (setting, filter { $0.settings.contains { $0.key == setting.key } }.map(\.name))
    }
  }

  /// What a setting is by default, as the configuration writes it, with the names of the methods where it is that.
  package func standards(of key: String) -> [(text: String, methods: [MethodName])] {
    var standards: [(text: String, methods: [MethodName])] = []
    for method in self {
      guard let setting = method.settings.first(where: { $0.key == key }) else { continue }
      let text = setting.text(in: MethodSettings())
      if let known = standards.firstIndex(where: { $0.text == text }) {
        standards[known].methods.append(method.name)
      } else {
        standards.append((text, [method.name]))
      }
    }
    return standards
  }

  /// Names in quotation marks.
  package var names: String { map { "\"\($0.name)\"" }.joined(separator: ", ") }
}

/// A method's name, as settings, generator files and reports have it: lower-case letters, digits and dashes.
package struct MethodName: RawRepresentable, Hashable, Sendable, Codable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  /// Of the method that marks where none is named.
  package static let standard = MethodName(rawValue: "assignment")
  /// Of stored settings from before there was a choice.
  static let unnamed = MethodName(rawValue: "keyed")
}

extension MethodName: CustomStringConvertible {
  package var description: String { rawValue }
}
