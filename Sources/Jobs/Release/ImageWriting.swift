/// How the image files of a release are written, where they are not the original's byte for byte.
package struct ImageWriting: Codable, Sendable, Equatable {
  /// JPEG files under the names that they had, although they are PNG files now; false: with `.png` at the end.
  package var keepsNames: Bool
  /// JPEG files as JPEG files of this quality, 1 … 100, under the names that they had; nil: as PNG files, pixel for pixel.
  package var jpegQuality: Int?
  /// Every image file, so that none tells whether it is marked; false: marked ones only.
  package var rewritesAll: Bool

  package init(keepsNames: Bool = false, jpegQuality: Int? = nil, rewritesAll: Bool = false) {
    self.keepsNames = keepsNames
    self.jpegQuality = jpegQuality
    self.rewritesAll = rewritesAll
  }

  /// A job that was filed before there was `rewritesAll` goes on as it began.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    keepsNames = try container.decode(Bool.self, forKey: .keepsNames)
    jpegQuality = try container.decodeIfPresent(Int.self, forKey: .jpegQuality)
    rewritesAll = try container.decodeIfPresent(Bool.self, forKey: .rewritesAll) ?? false
  }
}
