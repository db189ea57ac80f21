import Archives
import Datasets
import Foundations
import Jobs

/// `croissant.json`: a release for the tools that look datasets up, load and check them (docs/formats, "Release
/// directory").
///
/// Its class names are a record set. The pictures of an image folder are one too; records and IDX files cannot be
/// described.
/// - Source: Croissant Format Specification 1.0, http://mlcommons.org/croissant/1.0
struct Croissant: Encodable {
  private let context = Self.terms
  private let type = "sc:Dataset"
  private let conformsTo = "http://mlcommons.org/croissant/1.0"
  private let isLiveDataset = false
  private let name: String
  private let version: String
  private let identifier: String
  private let description: String
  private let datePublished: String
  private let license: String?
  private let url: String?
  private let creator: Organization?
  private let usageInfo: Usage?
  private let distribution: [Resource]
  private let recordSet: [RecordSet]

  /// - Parameters:
  ///   - files: the payload, and what else of the directory is stated.
  ///   - container: of the payload.
  init(_ document: ReleaseDocument, terms: ReleaseTerms, files: [BagIt.File], container: ArchiveContainer) throws {
    name = document.dataset.description
    version = Self.version(document)
    identifier = document.name.description
    let samples = document.samples
    description =
      "\(document.name): \(samples.train) training and \(samples.test) other images of \(document.classes.count) classes "
      + "in the layout \(document.layout). A secret part of the images is marked"
      + (document.changesLabels == true ? " and has the labels of other classes" : "")
      + "; release.json commits to it."
    datePublished = document.created
    license = terms.license.isEmpty ? nil : terms.license
    url = terms.url.isEmpty ? nil : terms.url
    creator = terms.creator.isEmpty ? nil : Organization(name: terms.creator)
    usageInfo = try document.trainingMining.map {
      Usage(name: $0.label, text: String(decoding: try CanonicalJSON.strict($0.data), as: UTF8.self))
    }
    let archives = files.filter { $0.path.hasPrefix("data/") }
    let isFolder = document.layout == Layout.imageFolder.rawValue && Self.unpacked.contains(container.rawValue)
    distribution =
      files.map { file in
        .file(FileObject(file, format: Self.format(file.path, in: container)))
      } + (isFolder ? [.set(FileSet(in: archives.map(\.path)))] : [])
    recordSet = [.classes(document.classes)] + (isFolder ? [.images(splits: samples.test > 0)] : [])
  }

  /// The media type of a file. Programs open a tar archive by this one, however it is compressed.
  private static func format(_ path: String, in container: ArchiveContainer) -> String {
    guard path.hasPrefix("data/") else { return "application/json" }
    guard container.isSeveralFiles else {
      return container.rawValue.hasPrefix("tar") ? "application/x-tar" : "application/zip"
    }
    let ending = path.split(separator: ".").last?.lowercased() ?? ""
    return types[ending] ?? "application/octet-stream"
  }

  private static let types = [
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "tar": "application/x-tar",
    "gz": "application/x-tar", "tgz": "application/x-tar", "zst": "application/x-tar", "tzst": "application/x-tar",
    "xz": "application/x-tar", "txz": "application/x-tar", "zip": "application/zip", "json": "application/json",
    "jsonl": "application/jsonlines", "csv": "text/csv", "txt": "text/plain",
  ]

  /// Containers that mlcroissant looks into.
  private static let unpacked: Set = ["tar", "tar.gz", "tar.xz", "zip"]

  /// "The existing data has been changed": a higher major version.
  static func version(_ document: ReleaseDocument) -> String { "\(document.version).0.0" }

  enum CodingKeys: String, CodingKey {
    case context = "@context"
    case type = "@type"
    case conformsTo, isLiveDataset, name, version, identifier, description, datePublished, license, url, creator,
      usageInfo,
      distribution, recordSet
  }
}

// MARK: - Files

extension Croissant {
  struct Reference: Encodable {
    var id: String

    enum CodingKeys: String, CodingKey {
      case id = "@id"
    }
  }

  struct Organization: Encodable {
    let type = "sc:Organization"
    var name: String

    enum CodingKeys: String, CodingKey {
      case type = "@type"
      case name
    }
  }

  /// schema.org's place for what may be done with a work.
  struct Usage: Encodable {
    let type = "sc:CreativeWork"
    let encodingFormat = "application/json"
    var name: String
    var text: String

    enum CodingKeys: String, CodingKey {
      case type = "@type"
      case encodingFormat, name, text
    }
  }

  enum Resource: Encodable {
    case file(FileObject)
    case set(FileSet)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .file(let file): try file.encode(to: encoder)
      case .set(let set): try set.encode(to: encoder)
      }
    }
  }

  struct FileObject: Encodable {
    private let type = "cr:FileObject"
    private let id, name, contentUrl, contentSize, encodingFormat: String
    private let sha256: HexDigest

    init(_ file: BagIt.File, format: String) {
      (id, contentUrl) = (file.path, file.path)
      name = file.path.split(separator: "/").last.map(String.init) ?? file.path
      contentSize = "\(file.bytes) B"
      encodingFormat = format
      sha256 = file.digest
    }

    enum CodingKeys: String, CodingKey {
      case type = "@type"
      case id = "@id"
      case name, contentUrl, contentSize, encodingFormat, sha256
    }
  }

  /// What is named like a picture in the archives.
  struct FileSet: Encodable {
    private let type = "cr:FileSet"
    private let id = Self.images
    private let name = Self.images
    private let containedIn: [Reference]
    private let encodingFormat = ["image/png", "image/jpeg"]
    private let includes = ["png", "jpg", "jpeg"].flatMap { ["*.\($0)", "*.\($0.uppercased())"] }

    static let images = "image-files"

    init(in archives: [String]) { containedIn = archives.map(Reference.init) }

    enum CodingKeys: String, CodingKey {
      case type = "@type"
      case id = "@id"
      case name, containedIn, encodingFormat, includes
    }
  }
}

// MARK: - Context

extension Croissant {
  private enum Term: Encodable {
    case iri(String)
    case typed(id: String, type: String)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .iri(let iri): try iri.encode(to: encoder)
      case .typed(let id, let type): try ["@id": id, "@type": type].encode(to: encoder)
      }
    }
  }

  /// The context of all Croissant 1.0 files, as mlcroissant writes it.
  private static let terms: [String: Term] = {
    var terms: [String: Term] = [
      "@language": .iri("en"), "@vocab": .iri("https://schema.org/"), "conformsTo": .iri("dct:conformsTo"),
      "cr": .iri("http://mlcommons.org/croissant/"), "rai": .iri("http://mlcommons.org/croissant/RAI/"),
      "dct": .iri("http://purl.org/dc/terms/"), "sc": .iri("https://schema.org/"),
      "data": .typed(id: "cr:data", type: "@json"), "examples": .typed(id: "cr:examples", type: "@json"),
      "dataType": .typed(id: "cr:dataType", type: "@vocab"),
    ]
    for name in [
      "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format",
      "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
      "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
    ] { terms[name] = .iri("cr:\(name)") }
    return terms
  }()
}
