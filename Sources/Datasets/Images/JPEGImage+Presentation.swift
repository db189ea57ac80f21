import Archives

extension JPEGImage {
  /// What stands before Exif data, XMP and parts of a profile in their segments.
  static let exifHead = Array("Exif\u{0}\u{0}".utf8)
  private static let xmpHead = Array("http://ns.adobe.com/xap/1.0/\u{0}".utf8)
  private static let profileHead = Array("ICC_PROFILE\u{0}".utf8)
  private static let densityHead = Array("JFIF\u{0}".utf8)
  /// Of a profile in one segment, after its head, number and count.
  private static let profilePart = 65_533 - 14

  /// What a JPEG file that was decoded says about how it is shown.
  ///
  /// - Throws: `ImageFault.profile` if its profile is above `FixedLimits.presentationBytes`.
  /// - Source: ITU-T T.81 annex B; JFIF 1.02; CIPA DC-008 §4.5.4; ICC.1 annex B.4.
  static func presentation(of file: [UInt8]) throws(ImageFault) -> ImagePresentation {
    var presentation = ImagePresentation()
    var hasExif = false
    var parts: [UInt8: ArraySlice<UInt8>] = [:]
    var counts: Set<UInt8> = []
    var isDoubtful = false
    for (marker, body) in segments(of: file) {
      switch marker {
      case 0xE0 where body.starts(with: densityHead) && body.count >= 12 && presentation.density == nil:
        let fields = Array(body.dropFirst(7))
        presentation.density = .init(
          unit: fields[0], x: UInt16(fields[1]) << 8 | UInt16(fields[2]), y: UInt16(fields[3]) << 8 | UInt16(fields[4]))
      case 0xE1 where body.starts(with: exifHead) && !hasExif:
        hasExif = true
        presentation.exif = ExifFields(tiff: body.dropFirst(exifHead.count))
      case 0xE1 where body.starts(with: xmpHead):
        presentation.xmpOrientation = presentation.xmpOrientation ?? XMPOrientation.find(in: body)
      case 0xE2 where body.starts(with: profileHead) && body.count >= 14:
        let fields = body.dropFirst(profileHead.count)
        let (number, count) = (fields[fields.startIndex], fields[fields.startIndex + 1])
        counts.insert(count)
        if parts.updateValue(fields.dropFirst(2), forKey: number) != nil { isDoubtful = true }
      default: break
      }
    }
    // A profile of which a part is missing or doubtful is none, to libjpeg as well.
    if let count = counts.first, counts.count == 1, !isDoubtful, Int(count) == parts.count, count > 0 {
      let profile = (1...count).map { parts[$0] }
      guard profile.reduce(0, { $0 + ($1?.count ?? 0) }) <= FixedLimits.presentationBytes else {
        throw .profile(limit: FixedLimits.presentationBytes)
      }
      if !profile.contains(nil) { presentation.profile = profile.flatMap { $0 ?? [] } }
    }
    return presentation
  }

  /// The segments before the first scan.
  private static func segments(of file: [UInt8]) -> [(marker: UInt8, body: ArraySlice<UInt8>)] {
    var segments: [(marker: UInt8, body: ArraySlice<UInt8>)] = []
    var at = 2
    while let start = file[min(at, file.count)...].firstIndex(of: 0xFF) {
      at = start
      while at < file.count, file[at] == 0xFF { at += 1 }
      guard at + 2 < file.count else { break }
      let marker = file[at]
      at += 1
      if marker == 0xDA || marker == 0xD9 { break }
      // Markers without a segment, and a stuffed 0xFF.
      if marker <= 1 || (0xD0...0xD8).contains(marker) { continue }
      let length = Int(file[at]) << 8 | Int(file[at + 1])
      guard length >= 2, at + length <= file.count else { break }
      segments.append((marker, file[at + 2..<at + length]))
      at += length
    }
    return segments
  }

  /// A file that `encoded` made, saying how it is to be shown.
  static func file(_ file: [UInt8], shownAs presentation: ImagePresentation) -> [UInt8] {
    // SOI and libjpeg's JFIF header, 20 bytes: identifier and version, then unit and density.
    let head = 20
    precondition(file[2...3].elementsEqual([0xFF, 0xE0]) && file[6..<11].elementsEqual(densityHead))
    var start = Array(file[..<head])
    if let density = presentation.density {
      start.replaceSubrange(
        13..<18,
        with: [
          density.unit, UInt8(density.x >> 8), UInt8(density.x & 255), UInt8(density.y >> 8), UInt8(density.y & 255),
        ])
    }
    func add(_ marker: UInt8, _ body: [UInt8]) {
      let length = body.count + 2
      start += [0xFF, marker, UInt8(length >> 8), UInt8(length & 255)] + body
    }
    if let tiff = presentation.exif.tiff { add(0xE1, exifHead + tiff) }
    if let orientation = presentation.xmpOrientation { add(0xE1, xmpHead + XMPOrientation.packet(orientation)) }
    let profile = presentation.profile
    let count = (profile.count + profilePart - 1) / profilePart
    for part in 0..<count {
      let bytes = profile[part * profilePart..<min((part + 1) * profilePart, profile.count)]
      add(0xE2, profileHead + [UInt8(part + 1), UInt8(count)] + bytes)
    }
    return start + file[head...]
  }
}
