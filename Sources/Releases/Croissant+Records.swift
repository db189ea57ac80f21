extension Croissant {
  /// What a program finds in the files, record by record.
  struct RecordSet: Encodable {
    private let type = "cr:RecordSet"
    private let id, name: String
    private let dataType: String?
    private let key: Reference?
    private let field: [Field]
    private let data: [ClassRow]?

    enum CodingKeys: String, CodingKey {
      case type = "@type"
      case id = "@id"
      case name, dataType, key, field, data
    }
  }

  struct Field: Encodable {
    private let type = "cr:Field"
    private let id, name: String
    private let dataType: [String]
    private let source: Source?

    init(_ name: String, of set: String, _ dataType: [String], source: Source? = nil) {
      id = "\(set)/\(name)"
      self.name = name
      self.dataType = dataType
      self.source = source
    }

    enum CodingKeys: String, CodingKey {
      case type = "@type"
      case id = "@id"
      case name, dataType, source
    }
  }

  /// The content of a picture, or a part of its name in the archive.
  struct Source: Encodable {
    private let fileSet = Reference(id: FileSet.images)
    private let extract: [String: String]
    private let transform: [String: String]?

    static let content = Source(extract: ["fileProperty": "content"], transform: nil)

    /// - Parameter part: a regular expression for the whole name; the group in it is the part.
    static func name(_ part: String) -> Source {
      Source(extract: ["fileProperty": "fullpath"], transform: ["regex": part])
    }
  }

  struct ClassRow: Encodable {
    var index: Int
    var name: String

    enum CodingKeys: String, CodingKey {
      case index = "classes/index"
      case name = "classes/name"
    }
  }
}

extension Croissant.RecordSet {
  /// The classes' names by their indices.
  static func classes(_ names: [String]) -> Self {
    Self(
      id: "classes", name: "classes", dataType: "sc:Enumeration", key: .init(id: "classes/name"),
      field: [
        .init("index", of: "classes", ["sc:Integer"]), .init("name", of: "classes", ["sc:Text"]),
      ],
      data: names.enumerated().map { Croissant.ClassRow(index: $0.offset, name: $0.element) })
  }

  /// The pictures of an image folder: what they show, and the name of their folder; with splits also of what is around it.
  /// The label does not refer to the classes: mlcroissant would put it where the name is that the folder is read from.
  static func images(splits: Bool) -> Self {
    let image = Croissant.Field("image", of: "images", ["sc:ImageObject"], source: .content)
    let label = Croissant.Field(
      "label", of: "images", ["sc:Text", "cr:Label"], source: .name("^(?:.*/)?([^/]+)/[^/]+$"))
    let folder = Croissant.Field("folder", of: "images", ["sc:Text"], source: .name("^(.*)/[^/]+/[^/]+$"))
    return Self(
      id: "images", name: "images", dataType: nil, key: nil, field: [image, label] + (splits ? [folder] : []), data: nil
    )
  }
}
