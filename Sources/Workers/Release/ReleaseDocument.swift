import Evidence
import Jobs

/// `release.json`: what a release says about itself in public (FORMATS.md, "Release directory").
struct ReleaseDocument: Codable, Equatable {
  struct Program: Codable, Equatable {
    var name = "dandyroll"
    var version = ProgramVersion.current
  }

  struct Archive: Codable, Equatable {
    var path: String
    var bytes: Int
    var sha256: HexDigest
  }

  struct Image: Codable, Equatable {
    var channels: Int
    var height: Int
    var width: Int
  }

  struct Samples: Codable, Equatable {
    var total: Int
    var train: Int
    var test: Int
  }

  struct Commitment: Codable, Equatable {
    /// "dandyroll-commitment/1" in releases from before there were keys.
    var scheme = "dandyroll-commitment/2"
    var leaves: Int
    var root: HexDigest
  }

  var format = Self.currentFormat
  var dataset: String
  var version: Int
  var created: String
  var program = Program()
  var archive: Archive
  var layout: String
  var image: Image
  var classes: [String]
  var samples: Samples
  /// Of a pixel value of any sample, in 1/255: ε, or with `jpegQuality` what was measured.
  var largestChange: Int
  /// The quality that images were written with as JPEG files, which keep ε only about.
  var jpegQuality: Int?
  /// True if every image file was written anew, marked or not; else absent.
  var rewritesAll: Bool?
  var commitment: Commitment

  /// The release directory's name in outbox and vault.
  var name: String { "release-\(dataset)-\(version)" }

  static let currentFormat = "dandyroll-release/1"
}
