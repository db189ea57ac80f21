import Foundation
import Foundations
import SwiftCSV
import Work

/// The rows of an answers file, one at a time: a name and what follows it.
///
/// A row is a line, so that no line can hide in a quotation and each fault has its line's number. SwiftCSV reads the
/// fields of one line at a time: of a whole file it would keep everything in memory, fill up short rows, and say of no
/// fault where it is.
struct AnswerRows {
  private let path: String
  private var lines: LineReader
  /// Parts of the last line: some programs end lines with CR alone.
  private var parts: [ArraySlice<UInt8>] = []
  private var number = 0

  /// A line, bytes: sixty thousand probabilities with all their digits.
  private static let longestLine = 2 << 20

  /// - Throws: `WorkError.missing`, `malformed` for what is no regular file.
  init(_ path: String) throws {
    self.path = path
    lines = try WorkError.reading(path) { () throws(FileFault) in try StrangersFile(path) }.lines(
      limit: Self.longestLine)
  }

  /// The next line that has a name, numbered from 1, without the heading. Spreadsheets end lines with CR LF, and some start
  /// the file with a byte order mark.
  /// - Throws: `WorkError.malformed`.
  mutating func next() throws -> (number: Int, fields: [String])? {
    while let bytes = try nextLine() {
      number += 1
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw WorkError.malformed(path: path, reason: "line \(number) is not text in UTF-8")
      }
      let line = number == 1 ? text.trimmingPrefix("\u{FEFF}") : text[...]
      let fields = try fields(of: line)
      if fields.allSatisfy(\.isEmpty) || number == 1 && fields[0].lowercased().hasPrefix("name") { continue }
      guard !fields[0].isEmpty else {
        throw WorkError.malformed(path: path, reason: "line \(number): an answer without a name")
      }
      return (number, [Self.name(fields[0])] + fields.dropFirst())
    }
    return nil
  }

  /// The fields of a line, without quotation marks and the blanks around them.
  private func fields(of line: Substring) throws -> [String] {
    let row: EnumeratedCSV
    do {
      row = try EnumeratedCSV(string: line + "\n", delimiter: .comma, loadColumns: false)
    } catch {
      throw WorkError.malformed(path: path, reason: "line \(number): a quotation mark that is out of place")
    }
    // What Unicode calls a line's end would hide what follows it; in a quotation it is one that is not closed.
    guard row.rows.isEmpty, !row.header.contains(where: { $0.contains(where: \.isNewline) }) else {
      throw WorkError.malformed(
        path: path, reason: "line \(number): a line's end, or an open quotation, inside the line")
    }
    return row.header.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t")) }
  }

  private mutating func nextLine() throws -> ArraySlice<UInt8>? {
    while parts.isEmpty {
      let line: [UInt8]?
      do { line = try lines.next() } catch let fault as FileFault { throw WorkError(fault, path: path) }
      guard let line else { return nil }
      let whole = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
      parts = whole.split(separator: UInt8(ascii: "\r"), omittingEmptySubsequences: false).reversed()
    }
    return parts.popLast()
  }

  /// The question's name, whether it is given as in queries.csv or as its image's file.
  private static func name(_ field: String) -> String {
    field.hasSuffix(".png") ? String(field.dropLast(4)) : field
  }
}
