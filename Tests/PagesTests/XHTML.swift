import Foundation
import FoundationXML
import Testing

@testable import Pages

/// A page taken apart by an XML parser: it must be well-formed, and says what is in it.
final class XHTML: NSObject, XMLParserDelegate {
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  private(set) var text = ""
  private var open: [String] = []
  private var failure: (any Error)?

  init(_ source: String) throws {
    super.init()
    // The parser knows no HTML document type; the page needs none of its entities.
    let parser = XMLParser(data: Data(source.replacing("<!DOCTYPE html>", with: "").utf8))
    parser.delegate = self
    let isWellFormed = parser.parse()
    if let failure { throw failure }
    if !isWellFormed { throw parser.parserError ?? CocoaError(.formatting) }
  }

  func links() -> [String] { elements.filter { $0.name == "a" }.compactMap { $0.attributes["href"] } }

  func count(_ name: String) -> Int { elements.count { $0.name == name } }

  func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) { failure = parseError }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append((name, attributes))
    open.append(name)
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if open.last != "style" { text += string }
  }
}

/// Names that somebody else chose.
enum Hostile {
  static let name = "<script>alert(1)</script>\"\u{301} onload=x '&\u{202E}\u{7}"
}
