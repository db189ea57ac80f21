import Crypto
import Dispatch
import Foundation
import Foundations
package import Networks

/// A model file as it is served: weights, class names, and a version that changes with its bytes.
package struct ServedModel: Sendable {
  package let model: Model
  package let classes: [String]
  /// Digits; the first six bytes of the file's SHA-256 as a number, because one of the protocols wants numbers.
  package let version: String

  /// - Parameter classFile: class names, one a line; nil for those in the model file, or numbers where it has none.
  /// - Throws: `NeuralNetError`; `ServingError`. Blocks.
  package init(contentsOf path: String, classFile: String?) throws {
    model = try Model(contentsOf: path)
    var hash = SHA256()
    do {
      try StrangersFile(path).forEachBlock { hash.update(bufferPointer: $0) }
    } catch {
      throw ServingError.unreadable(file: path)
    }
    version = String(hash.finalize().prefix(6).reduce(0) { $0 << 8 | Int($1) })
    let count = model.definition.classes
    if let classFile {
      // Sixteen thousand classes with long names.
      guard let text = try? StrangersFile(classFile).text(limit: 8 << 20) else {
        throw ServingError.unreadable(file: classFile)
      }
      classes = text.split(whereSeparator: \.isNewline).map(String.init)
    } else if let text = try Model.metadata(of: path)["classes"] {
      classes = (try? JSONDecoder().decode([String].self, from: Data(text.utf8))) ?? []
    } else {
      classes = (0..<count).map(String.init)
    }
    guard classes.count == count else {
      throw ServingError.classes(file: classFile ?? path, found: classes.count, needed: count)
    }
  }

  /// The same, off the threads that tasks share.
  package static func load(_ path: String, classFile: String?) async throws -> ServedModel {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try ServedModel(contentsOf: path, classFile: classFile) })
      }
    }
  }
}
