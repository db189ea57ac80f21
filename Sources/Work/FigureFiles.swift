import Foundation
import Foundations

/// A figure on disk: an SVG file, and a PNG file beside it where librsvg's `rsvg-convert` is installed.
package struct FigureFiles: Sendable {
  package let svg: String
  /// nil if there is none.
  package let png: String?
  /// Why there is no PNG file, in one line.
  package let notice: String?

  /// The SVG file of a path that names either file: `.svg` takes the place of `.png`, or is added.
  package static func svg(_ path: String) -> String {
    path.hasSuffix(".svg") ? path : (path.hasSuffix(".png") ? String(path.dropLast(4)) : path) + ".svg"
  }

  /// - Parameters:
  ///   - figure: the SVG file's content.
  ///   - path: as `svg(_:)` takes it.
  ///   - search: directories that programs are looked for in, as in PATH.
  /// - Throws: `WorkError.io` if the SVG file cannot be written.
  package init(
    write figure: String, to path: String, search: String? = ProcessInfo.processInfo.environment["PATH"]
  ) throws {
    svg = Self.svg(path)
    let base = String(svg.dropLast(4))
    do { try DurableFile(svg).replace(with: Array(figure.utf8)) } catch { throw WorkError(error) }
    let folders = (search ?? "").split(separator: ":")
    guard let converter = folders.map({ "\($0)/\(Self.program)" }).first(where: FileManager.default.isExecutableFile)
    else {
      png = nil
      notice = "\(base).png: not written: \(Self.program) (librsvg2-bin) is not installed"
      return
    }
    let target = base + ".png"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: converter)
    // Twice the size that text is made for, for dense screens and print.
    process.arguments = ["--zoom", "2", "--output", target, svg]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
      process.waitUntilExit()
    } catch {
      png = nil
      notice = "\(target): not written: \(converter) does not start"
      return
    }
    let isWritten = process.terminationStatus == 0
    png = isWritten ? target : nil
    notice = isWritten ? nil : "\(target): not written: \(converter) ended with \(process.terminationStatus)"
  }

  private static let program = "rsvg-convert"
}
