import Foundations
import Jobs

/// `provenance.json`: how a release came to be, as an in-toto statement with a SLSA provenance (docs/formats, "Release
/// directory").
///
/// What a commitment rests on is told to nobody, and the digest of the input is part of it: instead of the input there
/// stands the commitment, in which it is.
/// - Source: in-toto Attestation Framework v1 "Statement"; https://slsa.dev/provenance/v1
struct Provenance: Encodable {
  private let type = Self.currentType
  private let subject: [Resource]
  private let predicateType = Self.currentPredicate
  private let predicate: Predicate

  static let currentType = "https://in-toto.io/Statement/v1"
  static let currentPredicate = "https://slsa.dev/provenance/v1"

  /// - Parameters:
  ///   - files: what was made.
  ///   - key: the name of the owner's key, if one signs.
  init(_ document: ReleaseDocument, files: [BagIt.File], key: String?) {
    subject = files.map { Resource(name: $0.path, digest: ["sha256": $0.digest.description]) }
    let program = document.program
    let archive = document.archive.path.dropFirst("data/".count)
    predicate = Predicate(
      buildDefinition: .init(
        buildType: "pkg:generic/dandyroll#release/1",
        externalParameters: [
          "archive": String(archive), "dataset": document.dataset.description, "version": "\(document.version)",
        ]),
      runDetails: .init(
        builder: .init(
          id: "pkg:generic/\(program.name)" + (key.map { "?key_id=\($0)" } ?? ""),
          version: [program.name: program.version]),
        metadata: .init(startedOn: document.created),
        byproducts: [
          Resource(
            name: "commitment", digest: [document.commitment.scheme: document.commitment.root.description])
        ]))
  }

  enum CodingKeys: String, CodingKey {
    case type = "_type"
    case subject, predicateType, predicate
  }

  /// An in-toto ResourceDescriptor.
  struct Resource: Codable {
    var name: String
    /// By algorithm.
    var digest: [String: String]
  }

  private struct Predicate: Encodable {
    var buildDefinition: Definition
    var runDetails: Run

    struct Definition: Encodable {
      var buildType: String
      var externalParameters: [String: String]
    }

    struct Run: Encodable {
      var builder: Builder
      var metadata: Metadata
      var byproducts: [Resource]
    }

    struct Builder: Encodable {
      var id: String
      var version: [String: String]
    }

    struct Metadata: Encodable {
      var startedOn: String
    }
  }
}
