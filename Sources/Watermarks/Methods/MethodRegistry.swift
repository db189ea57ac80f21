package import Jobs

/// The methods that there are, by name.
package struct MethodRegistry: Sendable {
  package let methods: [any WatermarkMethod]

  /// - Parameter methods: of different names.
  package init(_ methods: [any WatermarkMethod]) {
    precondition(Set(methods.map(\.declaration.name)).count == methods.count, "a name is one method's")
    let settings = methods.flatMap(\.declaration.settings).map { [$0.key, $0.rule, $0.help] }
    precondition(Set(settings).count == Set(settings.map(\.first)).count, "a key is one setting's")
    self.methods = methods
  }

  /// Every method of the product: a new one is added here.
  package static let standard = MethodRegistry([
    AssignmentMethod(),
    KeyedMethod(),
    PaperMethod(),
    BadNetsMethod(),
    BlendedMethod(),
    WaNetMethod(),
    UBWPMethod(),
    LabelConsistentMethod(),
    SleeperAgentMethod(),
    UBWCMethod(),
    RadioactiveMethod(),
    TwinsMethod(),
  ])

  /// What the daemon and the command line know of them.
  package var declarations: [MethodDeclaration] { methods.map(\.declaration) }

  /// - Throws: `WatermarkError.unknownMethod`.
  package func method(named name: MethodName) throws -> any WatermarkMethod {
    guard let method = methods.first(where: { $0.declaration.name == name }) else {
      throw WatermarkError.unknownMethod(
        name.rawValue, known: methods.map(\.declaration.name.rawValue).sorted())
    }
    return method
  }
}
