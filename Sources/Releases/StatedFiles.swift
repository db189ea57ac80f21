import Foundation
import Foundations
import Jobs
import Work

/// The digests that a `croissant.json` or a `provenance.json` states, whoever wrote it.
struct StatedFiles {
  private let digests: [(name: String, sha256: String?)]
  /// What else is wrong with it.
  private var problem: String?

  /// - Throws: `DecodingError`.
  init(croissant: Data, of document: ReleaseDocument) throws {
    struct Stated: Decodable {
      struct Resource: Decodable {
        /// Absent for what is in an archive.
        var contentUrl: String?
        var sha256: String?
      }
      var name: String
      var version: String
      var distribution: [Resource]
    }
    let stated = try CanonicalJSON.decode(Stated.self, from: croissant)
    digests = stated.distribution.compactMap { resource in resource.contentUrl.map { ($0, resource.sha256) } }
    if stated.name != document.dataset.description || stated.version != Croissant.version(document) {
      problem = "it is of “\(stated.name)” \(stated.version)"
    }
  }

  /// - Throws: the same.
  init(provenance: Data) throws {
    struct Stated: Decodable {
      var type: String
      var predicateType: String
      var subject: [Provenance.Resource]

      enum CodingKeys: String, CodingKey {
        case type = "_type"
        case predicateType, subject
      }
    }
    let stated = try CanonicalJSON.decode(Stated.self, from: provenance)
    digests = stated.subject.map { ($0.name, $0.digest["sha256"]) }
    if stated.type != Provenance.currentType || stated.predicateType != Provenance.currentPredicate {
      problem = "it is a \(stated.type) with a \(stated.predicateType)"
    }
  }

  /// The first thing that is not as the bag's manifests have it; nil if all is well.
  /// - Parameter needed: files whose digests have to be stated.
  func difference(from bag: BagInspection, needed: [String]) -> String? {
    if let problem { return problem }
    for (name, sha256) in digests where sha256 == nil || bag.digest(of: name) != sha256?.lowercased() {
      return "\(name): SHA-256 \(sha256 ?? "missing"), not \(bag.digest(of: name) ?? "that of a file in the manifests")"
    }
    let stated = Set(digests.map(\.name))
    return needed.first { !stated.contains($0) }.map { "\($0): not stated" }
  }
}

extension ReleaseDirectory {
  /// Whether what others' tools read states the digests of the files that are there. Earlier versions wrote none of it.
  func statements(of document: ReleaseDocument, against bag: BagInspection) throws -> [ReleaseVerification.Check] {
    let files: [(name: String, stated: (Data) throws -> StatedFiles)] = [
      (Self.croissant, { try StatedFiles(croissant: $0, of: document) }),
      (Self.provenance, { try StatedFiles(provenance: $0) }),
    ]
    return try files.compactMap { name, stated in
      guard let content = try content(of: name, limit: FileLimits.statement) else { return nil }
      let difference: String?
      do {
        difference = try stated(Data(content)).difference(from: bag, needed: bag.payloadNames + [Self.document])
      } catch {
        difference = "\(error)"
      }
      return .init(
        rule: "\(name) states the digests of the files", holds: difference == nil,
        detail: String((difference ?? "").prefix(500)))
    }
  }
}
