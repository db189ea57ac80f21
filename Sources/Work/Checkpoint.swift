import Foundation
import Foundations

/// Where the checkpoint of a training lies. Its name has the recipe's digest, so that a training of other data, settings,
/// version or instructions is never gone on from.
package struct Checkpoint {
  package let path: String

  private static let ending = ".training"

  /// - Parameters:
  ///   - name: what the training is called in its directory.
  ///   - isAlone: whether nobody goes on from another recipe's: what lies there is removed, with a line that says so.
  package init(_ name: String, of recipe: Recipe, in directory: String, isAlone: Bool, _ context: WorkContext) throws {
    let own = "\(name)-\(try recipe.digest)\(Self.ending)"
    path = "\(directory)/\(own)"
    guard isAlone else { return }
    for other in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
      // Checkpoints had no recipe once.
      let isSiblings = other.hasPrefix("\(name)-") && other.utf8.count == own.utf8.count || other == name + Self.ending
      guard other.hasSuffix(Self.ending), isSiblings, other != own else { continue }
      context.note("\(directory)/\(other): the checkpoint of another training; this one starts anew")
      try DurableFile("\(directory)/\(other)").remove()
    }
  }

  package var exists: Bool { DurableFile(path).exists }

  package func remove() throws { try DurableFile(path).remove() }
}
