import Evidence
import Foundation
package import Foundations
import Jobs
import Work

/// The secret of one model's own watermark, as the vault keeps it: `VAULT/models/NAME/watermark.json` (docs/formats, "Model
/// watermarks").
///
/// It is there before the marked model is trained and never changes; triggers and their labels follow from it alone.
package struct ModelWatermark: Codable, Sendable, Equatable {
  static let currentFormat = "dandyroll-model-watermark/1"

  private(set) var format = Self.currentFormat
  package let name: String
  /// The secret itself.
  let key: HexDigest
  /// Digests of the host's file and of the archive that the marked model learns from.
  let host: HexDigest
  let source: HexDigest
  package let classes: [String]
  package let input: ImageShape
  /// How many.
  let triggers: Int

  init(
    name: String, key: HexDigest, host: HexDigest, source: HexDigest, classes: [String], input: ImageShape,
    triggers: Int
  ) {
    self.name = name
    self.key = key
    self.host = host
    self.source = source
    self.classes = classes
    self.input = input
    self.triggers = triggers
  }

  /// How many triggers there may be; each takes a question of every verification.
  package static let triggerCounts = 1...10_000

  /// SHA-256 of the record, canonical. It tells nothing of the key, whose 256 bits nobody can guess; whoever publishes it
  /// with the time shows later that the labels were drawn by then.
  package var commitment: HexDigest {
    get throws { HexDigest(of: try CanonicalJSON.strict(self)) }
  }

  package var triggerSet: TriggerSet {
    TriggerSet(key: key, count: triggers, shape: input, classes: classes.count)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeFormat(Self.currentFormat, forKey: .format)
    name = try container.decode(String.self, forKey: .name)
    key = try container.decode(HexDigest.self, forKey: .key)
    host = try container.decode(HexDigest.self, forKey: .host)
    source = try container.decode(HexDigest.self, forKey: .source)
    classes = try container.decode([String].self, forKey: .classes)
    input = try container.decode(ImageShape.self, forKey: .input)
    triggers = try container.decode(Self.triggerCounts, forKey: .triggers)
    let sides = 1...Self.largestSide
    guard 2...DocumentBounds.classes ~= classes.count, sides ~= input.channels, sides ~= input.height,
      sides ~= input.width, triggers * input.bytes <= Self.largestBytes
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .input, in: container,
        debugDescription: "\(triggers) images of \(input) and \(classes.count) classes are no triggers")
    }
  }

  /// Of an image, and of all triggers together: a record may be a stranger's.
  private static let largestSide = 1 << 12
  package static let largestBytes = 1 << 30
}

// MARK: - In the vault

extension ModelWatermark {
  private static func directory(_ name: String, in vault: String) -> String { "\(vault)/models/\(name)" }

  private static func path(_ name: String, in vault: String) -> String {
    "\(directory(name, in: vault))/watermark.json"
  }

  /// The report on the marked model, which a later training of the same watermark replaces.
  static func report(_ name: String, in vault: String) -> String { "\(directory(name, in: vault))/report.json" }

  /// Writes the record before anything rests on it; where the same one is there already nothing is touched.
  /// - Throws: `WorkError.otherWork` if the vault holds another watermark of this name.
  func keep(in vault: String) throws {
    let path = Self.path(name, in: vault)
    if DurableFile(path).exists {
      guard try CanonicalJSON.decode(Self.self, from: path) == self else {
        throw WorkError.otherWork(
          path: path, reason: "a watermark of another host, archive, seed or number of triggers, under this --name")
      }
      return
    }
    try DurableFile(Self.directory(name, in: vault)).createDirectory(mode: 0o700)
    try DurableFile(path).replace(with: CanonicalJSON.encode(self), mode: 0o600)
  }

  /// The record of this name; without a name the only one in the vault.
  /// - Throws: `WorkError.noModelWatermark`, `ambiguousModelWatermark`, `malformed`.
  package init(_ name: String?, in vault: String) throws {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "\(vault)/models")) ?? []
    let names = entries.sorted().filter { DurableFile(Self.path($0, in: vault)).exists }
    if let name {
      guard DatasetName.isSafe(name), names.contains(name) else {
        throw WorkError.noModelWatermark(vault: vault, name: name)
      }
    } else if names.count > 1 {
      throw WorkError.ambiguousModelWatermark(vault: vault, names: names)
    }
    guard let chosen = name ?? names.first else { throw WorkError.noModelWatermark(vault: vault, name: nil) }
    self = try CanonicalJSON.decode(Self.self, from: Self.path(chosen, in: vault))
    guard self.name == chosen else {
      throw WorkError.malformed(path: Self.path(chosen, in: vault), reason: "it is the record of “\(self.name)”")
    }
  }
}
