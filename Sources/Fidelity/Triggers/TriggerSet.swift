import Crypto
import Foundation
package import Foundations
import NeuralNet

/// A model watermark's questions and their answers: images that no dataset has, and the classes that the marked model says
/// of them.
package struct TriggerSet: Sendable, Equatable {
  package let shape: ImageShape
  /// (n, C, H, W).
  package let pixels: [UInt8]
  /// The class of each.
  package let labels: [Int]

  package var count: Int { labels.count }

  /// The published number: a chain of 10×10.
  package static let usualCount = 100

  /// Triggers of a secret key, each with a label of its own that is drawn uniformly among K.
  ///
  /// Published is label j mod 10. Drawn labels are as many questions to the same network and make the test of their
  /// answers exact for any model (`LabelMatches`): a model that says one class of all noise is right by chance 1/K each.
  /// - Parameter classes: K.
  package init(key: HexDigest, count: Int, shape: ImageShape, classes: Int) {
    var stream = Self.stream("labels", key)
    self.init(key: key, shape: shape, labels: (0..<count).map { _ in stream.below(classes) })
  }

  /// Triggers with the published labels, for measuring what embedding costs; no test rests on them.
  /// - Source: METHODS §4
  package init(published key: HexDigest, count: Int, shape: ImageShape, classes: Int) {
    self.init(key: key, shape: shape, labels: (0..<count).map { $0 % min(10, classes) })
  }

  private init(key: HexDigest, shape: ImageShape, labels: [Int]) {
    self.shape = shape
    self.labels = labels
    var stream = Self.stream("triggers", key)
    pixels = OrthogonalChain.links(labels.count, shape: shape, using: &stream).flatMap { link in
      link.map { UInt8(min(255, max(0, (Self.centre + Self.deviation * $0).rounded()))) }
    }
  }

  /// Networks here and at the other end of a network see bytes, and the chain's values are real numbers of variance 1, as
  /// of images that are normalised. 64 is what a standard deviation of photographs is; one value in twenty-two is cut.
  private static let centre = 127.5
  private static let deviation = 64.0

  /// A key's random numbers for one purpose: all 256 bits of the stream's state are the key's.
  private static func stream(_ purpose: String, _ key: HexDigest) -> RandomStream {
    var hmac = HMAC<SHA256>(key: SymmetricKey(data: key.bytes))
    hmac.update(data: Array("dandyroll model watermark \(purpose) 1".utf8))
    do { return try RandomStream(state: Array(hmac.finalize()).hexadecimal) } catch {
      preconditionFailure("a state of 256 bits is no state only if all are 0")
    }
  }

  /// (C, H, W) of one of them.
  package func image(_ number: Int) -> ArraySlice<UInt8> {
    pixels[number * shape.bytes..<(number + 1) * shape.bytes]
  }

  /// Names pixels and labels.
  package var digest: HexDigest {
    HexDigest(of: pixels + labels.flatMap { label in withUnsafeBytes(of: UInt64(label).bigEndian) { Array($0) } })
  }
}
