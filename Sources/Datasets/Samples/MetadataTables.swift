import Archives
import Foundation
import SwiftCSV

/// The classes that all tables of an archive say, by the pictures' names (docs/formats, "Dataset archives").
///
/// A row has the picture under `file_name`, relative to the table's folder, and its class under `label`, `class`,
/// `category` or `cls`: a number or a name. Where every class is a number it is the class's own, and else its place among all
/// names.
struct MetadataTables {
  /// Class of each picture, by its member's name.
  private let labels: [String: UInt16]
  let classNames: [String]

  /// Reads an archive for its tables.
  /// - Returns: nil where none says classes: captions stand in such tables as well.
  /// - Throws: `DatasetError.Cause.metadata` with the row that is wrong.
  static func find(in reader: ArchiveReader) throws -> MetadataTables? {
    var rows = Rows(nameLimit: reader.nameLimit)
    while let member = try reader.nextMember() {
      guard member.kind == .file, !member.isCompanion, let name = member.path.last?.lowercased(),
        let format = Format(rawValue: name)
      else { continue }
      guard member.size <= format.mostBytes else {
        throw reader.error(.memberTooLarge(bytes: member.size, limit: format.mostBytes))
      }
      guard let text = String(validating: try reader.rest(), as: UTF8.self) else {
        throw reader.error(.metadata("it is not text in UTF-8"))
      }
      do {
        try rows.add(text.trimmingPrefix("\u{FEFF}"), format, in: member.path.dropLast().joined(separator: "/"))
      } catch let fault as Fault {
        throw reader.error(.metadata(fault.why))
      }
    }
    return rows.classes.isEmpty ? nil : MetadataTables(rows.classes)
  }

  private init(_ classes: [String: String]) {
    let names = Set(classes.values)
    let numbers = names.compactMap { name in UInt16(name).flatMap { String($0) == name ? $0 : nil } }
    if numbers.count == names.count, let largest = numbers.max() {
      classNames = (0...largest).map(String.init)
    } else {
      classNames = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    let places = Dictionary(uniqueKeysWithValues: zip(classNames, UInt16(0)...))
    labels = classes.compactMapValues { places[$0] }
  }

  /// Nil for a picture that no table names.
  func label(of picture: ArchiveMember) -> UInt16? { labels[picture.path.joined(separator: "/")] }

  private enum Format: String {
    case lines = "metadata.jsonl"
    case table = "metadata.csv"

    /// Lines are taken apart one by one; a table as a whole, in several times its size.
    var mostBytes: Int { self == .lines ? 256 << 20 : 32 << 20 }
  }

  private struct Fault: Error {
    var why: String
  }

  /// What the tables say, as text.
  private struct Rows {
    /// Bytes of a class's name.
    let nameLimit: Int
    private(set) var classes: [String: String] = [:]
    private var names: Set<String> = []

    init(nameLimit: Int) { self.nameLimit = nameLimit }

    mutating func add(_ text: some StringProtocol, _ format: Format, in folder: String) throws {
      switch format {
      case .lines: try addLines(text, in: folder)
      case .table: try addTable(String(text), in: folder)
      }
    }

    private mutating func addLines(_ text: some StringProtocol, in folder: String) throws {
      var isFirst = true
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        guard !line.allSatisfy(\.isWhitespace) else { continue }
        guard let row = try? JSONDecoder().decode(Row.self, from: Data(line.utf8)) else {
          throw Fault(why: "line \(number + 1) is no JSON object with a text under file_name")
        }
        // A table of captions has no class in any row.
        if row.label == nil, isFirst { return }
        isFirst = false
        try add(row.file, row.label, "line \(number + 1)", in: folder)
      }
    }

    private mutating func addTable(_ text: String, in folder: String) throws {
      guard let table = try? EnumeratedCSV(string: text, delimiter: .comma, loadColumns: false) else {
        throw Fault(why: "a quotation mark is out of place")
      }
      let columns = table.header.map { $0.trimmingCharacters(in: .whitespaces) }
      guard let file = columns.firstIndex(of: Row.fileKey) else {
        throw Fault(why: "its first line names no column file_name")
      }
      guard let label = Row.labelKeys.lazy.compactMap(columns.firstIndex).first else { return }
      for (number, fields) in table.rows.enumerated() where !fields.allSatisfy(\.isEmpty) {
        guard fields.count == columns.count else {
          throw Fault(why: "row \(number + 1) has \(fields.count) fields, the first line \(columns.count)")
        }
        let name = fields[label].trimmingCharacters(in: .whitespaces)
        try add(fields[file], name.isEmpty ? nil : name, "row \(number + 1)", in: folder)
      }
    }

    private mutating func add(_ file: String, _ label: String?, _ place: String, in folder: String) throws {
      let parts = file.split(separator: "/", omittingEmptySubsequences: false).filter { $0 != "." }
      guard !parts.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == ".." }) else {
        throw Fault(why: "\(place): \(DatasetError.printable(file)) is no name of a file below the table’s folder")
      }
      guard let label, !label.isEmpty, label.utf8.count <= nameLimit,
        !label.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      else {
        let keys = Row.labelKeys.joined(separator: ", ")
        throw Fault(why: "\(place): neither a whole number nor a name stands under one of \(keys)")
      }
      names.insert(label)
      guard names.count <= ImageFolder.classLimit else {
        throw Fault(why: "there are more than \(ImageFolder.classLimit) classes")
      }
      let picture = (folder.isEmpty ? [] : [folder[...]]) + parts
      let known = classes.updateValue(label, forKey: picture.joined(separator: "/"))
      guard known == nil || known == label else {
        throw Fault(why: "\(place): \(DatasetError.printable(file)) has another class in an earlier row")
      }
    }
  }

  /// A line of `metadata.jsonl`.
  private struct Row: Decodable {
    let file: String
    /// Nil where nothing stands under any of the keys.
    let label: String?

    static let fileKey = "file_name"
    /// In the order in which they are believed.
    static let labelKeys = ["label", "class", "category", "cls"]

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      file = try container.decode(String.self, forKey: Key(stringValue: Self.fileKey))
      let key = Self.labelKeys.lazy.map(Key.init).first { container.contains($0) }
      label = try key.map { key in
        if let number = try? container.decode(Int.self, forKey: key) { return String(number) }
        return try container.decode(String.self, forKey: key)
      }
    }
  }
}
