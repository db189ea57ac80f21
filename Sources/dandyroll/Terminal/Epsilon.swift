import ArgumentParser

/// ε on the command line: "8/255" or "8", in 1/255.
struct Epsilon: ExpressibleByArgument {
  var value: Int

  init(value: Int) { self.value = value }

  init?(argument: String) {
    let text = argument.hasSuffix("/255") ? String(argument.dropLast(4)) : argument
    guard let value = Int(text), (1...255).contains(value) else { return nil }
    self.value = value
  }

  var defaultValueDescription: String { "\(value)/255" }
}
