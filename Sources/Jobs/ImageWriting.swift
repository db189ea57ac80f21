/// How marked images are written that were JPEG files.
package struct ImageWriting: Codable, Sendable, Equatable {
  /// Under the names that they had, although they are PNG files now; false: with `.png` at the end.
  package var keepsNames: Bool
  /// As JPEG files of this quality, 1 … 100, under the names that they had; nil: as PNG files, exactly as marked.
  package var jpegQuality: Int?

  package init(keepsNames: Bool = false, jpegQuality: Int? = nil) {
    self.keepsNames = keepsNames
    self.jpegQuality = jpegQuality
  }
}
