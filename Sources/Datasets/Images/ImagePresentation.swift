/// What an image file says about how it is shown, beside its pixels: a picture that is written anew says the same.
///
/// Nothing else of a file is kept, its text and thumbnails least of all: a small clean copy beside a marked picture would
/// show the mark.
struct ImagePresentation: Sendable, Equatable {
  /// Orientation, resolution and colour space in Exif; in PNG files also as ImageMagick writes it, hexadecimal text.
  var exif = ExifFields()
  var exifInText = ExifFields()
  /// Orientation in an XMP packet, which some readers follow where Exif says nothing.
  var xmpOrientation: UInt8?
  /// Of a JPEG file: its ICC profile, and the density in its JFIF header.
  var profile: [UInt8] = []
  var density: Density?
  /// Of a PNG file: the chunks that are kept as they are.
  var chunks: [PNGChunk] = []

  /// JFIF's, with its units: 0 only the ratio of the sides, 1 dots an inch, 2 dots a centimetre.
  struct Density: Sendable, Equatable {
    var unit: UInt8
    var x: UInt16
    var y: UInt16
  }

  /// About what it takes in memory.
  var bytes: Int { profile.count + chunks.reduce(0) { $0 + $1.data.count } }

  /// For an image that was grey and becomes a colour image, which a profile of greys says nothing about.
  var withoutProfile: Self {
    var other = self
    other.profile = []
    other.chunks.removeAll { $0.type == "iCCP" }
    return other
  }
}

/// The orientation in an XMP packet.
enum XMPOrientation {
  /// - Source: XMP specification part 2, "TIFF schema"; as an attribute or as an element.
  static func find(in packet: some RandomAccessCollection<UInt8>) -> UInt8? {
    let (packet, name) = (Array(packet), Array("tiff:Orientation".utf8))
    guard packet.count > name.count else { return nil }
    for start in 0..<packet.count - name.count where packet[start] == name[0] {
      guard packet[start..<start + name.count].elementsEqual(name) else { continue }
      // ="6", ='6' or >6
      let value = packet[(start + name.count)...].prefix(16)
        .drop { [UInt8(ascii: " "), UInt8(ascii: "="), UInt8(ascii: ">"), 0x22, 0x27, 9, 10, 13].contains($0) }
      if let digit = value.first, (UInt8(ascii: "1")...UInt8(ascii: "8")).contains(digit) { return digit & 15 }
    }
    return nil
  }

  /// A packet that says nothing else.
  static func packet(_ orientation: UInt8) -> [UInt8] {
    Array(
      """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
      <rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="\(orientation)"/>\
      </rdf:RDF></x:xmpmeta>
      """.utf8)
  }
}
