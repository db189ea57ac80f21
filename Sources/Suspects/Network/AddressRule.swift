/// Which addresses a suspect may be at. Asked after the name has been resolved, of the very address that is connected
/// to.
enum AddressRule {
  /// nil for an address that may be asked; else why not.
  /// - Parameter bytes: 4 of IPv4 or 16 of IPv6, in network order.
  static func refusal(of bytes: [UInt8], allowsPrivate: Bool) -> String? {
    switch bytes.count {
    case 4: refusal(ofFour: bytes, allowsPrivate: allowsPrivate)
    case 16: refusal(ofSixteen: bytes, allowsPrivate: allowsPrivate)
    default: "it is no internet address"
    }
  }

  private static let metadata = "it belongs to a cloud's metadata service, which is never asked"
  private static let linkLocal = "it is link-local, which is never asked"
  private static let special = "it is no address of a single host"
  private static let privateRange = "it is private, which needs allow-private"

  private static func refusal(ofFour a: [UInt8], allowsPrivate: Bool) -> String? {
    // Metadata services outside of 169.254/16: Azure, Alibaba, Oracle.
    if [[168, 63, 129, 16], [100, 100, 100, 200], [192, 0, 0, 192]].contains(a) { return metadata }
    switch (a[0], a[1]) {
    case (169, 254): return linkLocal
    case (0, _), (224...255, _): return special
    case (10, _), (127, _), (100, 64...127), (172, 16...31), (192, 168), (198, 18...19): break
    case (192, 0) where a[2] == 0: break
    default: return nil
    }
    return allowsPrivate ? nil : privateRange
  }

  private static func refusal(ofSixteen a: [UInt8], allowsPrivate: Bool) -> String? {
    let zeros = a.prefix { $0 == 0 }.count
    if zeros == 16 { return special }
    // ::1, before the IPv4 addresses that are written behind zeros.
    if zeros == 15, a[15] == 1 { return allowsPrivate ? nil : privateRange }
    // IPv4 in IPv6: compatible (::/96), mapped (::ffff:0:0/96), translated (::ffff:0:0:0/96, 64:ff9b::/96), 6to4,
    // Teredo.
    let tail = Array(a[12...])
    if zeros >= 12 || zeros == 10 && a[10...11] == [0xFF, 0xFF] || zeros == 8 && a[8...11] == [0xFF, 0xFF, 0, 0]
      || a[..<12] == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
    {
      return refusal(ofFour: tail, allowsPrivate: allowsPrivate)
    }
    if a[..<2] == [0x20, 0x02] { return refusal(ofFour: Array(a[2..<6]), allowsPrivate: allowsPrivate) }
    if a[..<4] == [0x20, 0x01, 0, 0] { return refusal(ofFour: tail.map { ~$0 }, allowsPrivate: allowsPrivate) }
    // AWS fd00:ec2::254, Google fd20:ce::254.
    if a[..<4] == [0xFD, 0x00, 0x0E, 0xC2] || a[..<4] == [0xFD, 0x20, 0x00, 0xCE], a[14...] == [0x02, 0x54] {
      return metadata
    }
    switch (a[0], a[1]) {
    case (0xFE, 0x80...0xBF): return linkLocal
    case (0xFF, _): return special
    // Unique local, site-local, and the local part of NAT64.
    case (0xFC...0xFD, _), (0xFE, 0xC0...0xFF): break
    case (0x00, 0x64) where a[2...5] == [0xFF, 0x9B, 0x00, 0x01]: break
    default: return nil
    }
    return allowsPrivate ? nil : privateRange
  }
}
