import Evidence
package import Foundations
package import Jobs

/// `release.json`: what a release says about itself in public (docs/formats, "Release directory").
package struct ReleaseDocument: Codable, Equatable {
  struct Program: Codable, Equatable {
    var name = "dandyroll"
    var version = ProgramVersion.current
  }

  package struct Archive: Codable, Equatable {
    package var path: String
    var bytes: Int
    package var sha256: HexDigest
    /// How many files are below `path` where that is a directory; absent where it is one archive.
    var files: Int?
  }

  package struct Image: Codable, Equatable {
    package var channels: Int
    /// Nil where images are of many sizes.
    package var height: Int?
    package var width: Int?
  }

  struct Samples: Codable, Equatable {
    var total: Int
    var train: Int
    var test: Int
  }

  package struct Commitment: Codable, Equatable {
    static let currentScheme = "dandyroll-commitment/2"
    /// Of releases from before there were keys.
    static let keylessScheme = "dandyroll-commitment/1"

    var scheme = Self.currentScheme
    package var leaves: Int
    package var root: HexDigest
  }

  var format = Self.currentFormat
  var dataset: DatasetName
  var version: Int
  var created: String
  var program = Program()
  package var archive: Archive
  var layout: String
  package var image: Image
  package var classes: [String]
  var samples: Samples
  /// Whether people may learn from the images; absent where nothing is said.
  var trainingMining: TrainingMiningAssertion?
  /// Of a pixel value of any sample, in 1/255: ε, or with `jpegQuality` what was measured.
  var largestChange: Int
  /// How many pixels of a sample may differ at all; absent for any number.
  var changedPixels: Int?
  /// How far pictures may be bent, pixels; absent for marks that are not bounded so.
  var displacement: Int?
  /// True if marked samples may have other classes than they had; else absent.
  package var changesLabels: Bool?
  /// The side of squares in the four corners, pixels, where values may differ by any amount; absent for none.
  var openCorners: Int?
  /// The quality that images were written with as JPEG files, which keep ε only about.
  var jpegQuality: Int?
  /// True if every image file was written anew, marked or not; else absent.
  var rewritesAll: Bool?
  package var commitment: Commitment

  /// The release directory's name in outbox and vault.
  package var name: ReleaseName { ReleaseName(dataset: dataset, version: version) }

  static let currentFormat = "dandyroll-release/1"
}

// MARK: - Decoding

// A stranger may have written it: names lead nowhere else, and numbers are those that a dataset can have.

extension ReleaseDocument {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeFormat(Self.currentFormat, forKey: .format)
    dataset = try container.decode(DatasetName.self, forKey: .dataset)
    version = try container.decode(1...DocumentBounds.rounds, forKey: .version)
    created = try container.decode(String.self, forKey: .created)
    program = try container.decode(Program.self, forKey: .program)
    archive = try container.decode(Archive.self, forKey: .archive)
    layout = try container.decode(String.self, forKey: .layout)
    image = try container.decode(Image.self, forKey: .image)
    classes = try container.decode([String].self, forKey: .classes)
    samples = try container.decode(Samples.self, forKey: .samples)
    largestChange = try container.decode(0...255, forKey: .largestChange)
    changedPixels = try container.decodeIfPresent(1...DocumentBounds.whole, forKey: .changedPixels)
    displacement = try container.decodeIfPresent(0...1 << 16, forKey: .displacement)
    changesLabels = try container.decodeIfPresent(Bool.self, forKey: .changesLabels)
    openCorners = try container.decodeIfPresent(1...1 << 16, forKey: .openCorners)
    jpegQuality = try container.decodeIfPresent(1...100, forKey: .jpegQuality)
    rewritesAll = try container.decodeIfPresent(Bool.self, forKey: .rewritesAll)
    trainingMining = try container.decodeIfPresent(TrainingMiningAssertion.self, forKey: .trainingMining)
    commitment = try container.decode(Commitment.self, forKey: .commitment)
  }
}

extension ReleaseDocument.Archive {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    path = try container.decode(String.self, forKey: .path)
    bytes = try container.decode(0...DocumentBounds.whole, forKey: .bytes)
    sha256 = try container.decode(HexDigest.self, forKey: .sha256)
    files = try container.decodeIfPresent(1...StrangersTree.entryLimit, forKey: .files)
    guard path.hasPrefix("data/"), DatasetName.isComponent(path.dropFirst(5)) else {
      throw DecodingError.dataCorruptedError(
        forKey: .path, in: container, debugDescription: "“\(path)” is no file in data/")
    }
  }
}

extension ReleaseDocument.Archive {
  /// Whether a file of the release is this archive, or of it.
  func holds(_ name: String) -> Bool { files == nil ? name == path : name.hasPrefix(path + "/") }
}

extension ReleaseDocument.Image {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    channels = try container.decode(1...3, forKey: .channels)
    height = try container.decodeIfPresent(1...1 << 20, forKey: .height)
    width = try container.decodeIfPresent(1...1 << 20, forKey: .width)
    guard (height == nil) == (width == nil) else {
      throw DecodingError.dataCorruptedError(
        forKey: .height, in: container, debugDescription: "one side of the images is given, and not the other")
    }
  }
}

extension ReleaseDocument.Samples {
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    total = try container.decode(1...DocumentBounds.samples, forKey: .total)
    train = try container.decode(0...total, forKey: .train)
    test = try container.decode(0...total, forKey: .test)
  }
}

extension ReleaseDocument.Commitment {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    scheme = try container.decode(String.self, forKey: .scheme)
    guard scheme == Self.currentScheme || scheme == Self.keylessScheme else {
      throw DecodingError.dataCorruptedError(
        forKey: .scheme, in: container, debugDescription: "commitment scheme “\(scheme)”")
    }
    leaves = try container.decode(1...DocumentBounds.samples, forKey: .leaves)
    root = try container.decode(HexDigest.self, forKey: .root)
  }
}
