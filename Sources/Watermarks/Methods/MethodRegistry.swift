/// The methods that there are, by name.
package struct MethodRegistry: Sendable {
  package let methods: [any WatermarkMethod]

  /// - Parameter methods: of different names.
  package init(_ methods: [any WatermarkMethod]) {
    precondition(Set(methods.map(\.name)).count == methods.count, "a name is one method's")
    self.methods = methods
  }

  /// Every method of the product: a new one is added here.
  package static let standard = MethodRegistry([
    KeyedMethod(),
    PaperMethod(),
  ])

  /// - Throws: `WatermarkError.unknownMethod`.
  package func method(named name: String) throws -> any WatermarkMethod {
    guard let method = methods.first(where: { $0.name == name }) else {
      throw WatermarkError.unknownMethod(name, known: methods.map(\.name).sorted())
    }
    return method
  }
}
