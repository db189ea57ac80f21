import Evidence
import Foundation
import Foundations
import Releases
import Trials
import Work

/// Who was named in exports by hand, and about which release: each is a claim of its own, in the order in which they
/// came, and has its share of the α of everything that is judged by hand (docs/formats, "Queries"). Nothing is ever
/// taken out.
struct QueryClaims {
  /// One claim, `<vault>/claims/NUMBER.json`.
  struct Claim: Codable, Equatable {
    static let currentFormat = "dandyroll-query-claim/1"

    var format = Self.currentFormat
    /// From 1.
    var number: Int
    var release: String
    /// Nil for exports that name nobody.
    var suspect: String?
  }

  /// By number.
  private(set) var claims: [Claim]
  private let directory: String
  /// Those that have a file; the others were made by exports from before there were any.
  private var filed: Int

  /// - Throws: `WorkError.malformed` for a file that is no claim.
  init(vault: String) throws {
    let directory = "\(vault)/claims"
    self.directory = directory
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let numbers = names.filter { $0.hasSuffix(".json") }.compactMap { Int($0.dropLast(5)) }.sorted()
    claims = try numbers.map { number in
      let path = "\(directory)/\(number).json"
      let claim = try CanonicalJSON.decode(Claim.self, from: path)
      guard claim.format == Claim.currentFormat, claim.number == number, number >= 1 else {
        throw WorkError.malformed(path: path, reason: "not a \(Claim.currentFormat) of number \(number)")
      }
      return claim
    }
    filed = claims.count
    for release in Vault.names(in: vault) {
      for sheet in try Vault(root: vault, release: release).sheets() {
        if claim(of: sheet.suspect, release: sheet.release) == nil { append(sheet.suspect, sheet.release) }
      }
    }
  }

  func claim(of suspect: String?, release: String) -> Claim? {
    claims.first { $0.suspect == suspect && $0.release == release }
  }

  /// What a claim about this suspect and release would be: the one that there is, or the next.
  func expected(of suspect: String?, release: String) -> Int {
    claim(of: suspect, release: release)?.number ?? next
  }

  /// Files the claim, unless it is there, and those that older exports made, before it.
  /// - Returns: false if somebody else has taken a number since the claims were read.
  mutating func file(_ suspect: String?, release: String) throws -> Bool {
    if claim(of: suspect, release: release) == nil { append(suspect, release) }
    try DurableFile(directory).createDirectory(mode: 0o700)
    for claim in claims[filed...] {
      let draft = DurableFile("\(directory)/.\(UUID().uuidString).partial")
      defer { try? draft.remove() }
      try draft.write(CanonicalJSON.encode(claim), mode: 0o600)
      guard try draft.claim("\(directory)/\(claim.number).json") else { return false }
      filed += 1
    }
    return true
  }

  private var next: Int { (claims.last?.number ?? 0) + 1 }

  private mutating func append(_ suspect: String?, _ release: String) {
    claims.append(Claim(number: next, release: release, suspect: suspect))
  }
}

extension VerdictPolicy {
  /// The policy of one claim: its share of an α that is for all of them.
  func shared(withClaim number: Int) -> Self {
    var policy = self
    policy.alpha = alpha * ClaimSpending.share(ofClaim: number)
    return policy
  }
}
