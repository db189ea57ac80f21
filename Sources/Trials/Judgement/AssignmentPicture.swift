package import Datasets
import Foundation

/// The matrices of an assignment side by side, one a model, in one scale: what each class gains under each carrier, blue, or
/// loses, orange, and outlined what it gains under its own. A model of the release has gained there, another nowhere.
package struct AssignmentPicture: Sendable {
  private let models: [(title: String, gains: [[Double?]])]
  /// The gain or loss of the deepest colour.
  private let largest: Double

  /// - Parameter models: a line for each, and its matrix (classes, carriers), class j under carrier j being the key's.
  package init(_ models: [(title: String, gains: [[Double?]])]) {
    self.models = models.map { title, gains in
      (title, gains.map { $0.map { $0.flatMap { $0.isFinite ? $0 : nil } } })
    }
    largest = max(1e-9, self.models.flatMap { $0.gains.joined().compactMap { $0.map(abs) } }.max() ?? 0)
  }

  private static func carriers(_ gains: [[Double?]]) -> Int { gains.map(\.count).max() ?? 0 }
  private static func cell(_ gains: [[Double?]], _ row: Int, _ carrier: Int) -> Double? {
    carrier < gains[row].count ? gains[row][carrier] : nil
  }

  /// White for nothing, grey where nothing was answered.
  private func colour(_ gain: Double?) -> [UInt8] {
    guard let gain else { return [200, 200, 200] }
    // Blue and orange are told apart by all eyes, and dark enough on white.
    let deepest = gain < 0 ? [192.0, 113, 27] : [58.0, 102, 176]
    return deepest.map { UInt8((255 + (abs(gain) / largest) * ($0 - 255)).rounded()) }
  }

  // MARK: - PNG

  private static let (cell, gap) = (16, 16)

  package var image: PNGImage {
    let widths = models.map { Self.carriers($0.gains) * Self.cell }
    let width = widths.reduce(0, +) + (models.count + 1) * Self.gap
    let height = (models.map(\.gains.count).max() ?? 0) * Self.cell + 2 * Self.gap
    var pixels = [UInt8](repeating: 255, count: width * height * 3)
    func fill(_ colour: [UInt8], x: Range<Int>, y: Range<Int>) {
      for line in y {
        for column in x {
          pixels.replaceSubrange((line * width + column) * 3..<(line * width + column + 1) * 3, with: colour)
        }
      }
    }
    /// A frame of so many pixels within the rectangle.
    func frame(_ colour: [UInt8], x: Range<Int>, y: Range<Int>, thick: Int) {
      fill(colour, x: x, y: y.lowerBound..<y.lowerBound + thick)
      fill(colour, x: x, y: y.upperBound - thick..<y.upperBound)
      fill(colour, x: x.lowerBound..<x.lowerBound + thick, y: y)
      fill(colour, x: x.upperBound - thick..<x.upperBound, y: y)
    }
    var left = Self.gap
    for (model, wide) in zip(models, widths) where wide > 0 {
      for row in model.gains.indices {
        let y = Self.gap + row * Self.cell..<Self.gap + (row + 1) * Self.cell
        for carrier in 0..<wide / Self.cell {
          let x = left + carrier * Self.cell..<left + (carrier + 1) * Self.cell
          fill(colour(Self.cell(model.gains, row, carrier)), x: x, y: y)
          if row == carrier { frame([0, 0, 0], x: x, y: y, thick: 2) }
        }
      }
      frame(
        [160, 160, 160], x: left - 1..<left + wide + 1,
        y: Self.gap - 1..<Self.gap + model.gains.count * Self.cell + 1, thick: 1)
      left += wide + Self.gap
    }
    return PNGImage(width: width, height: height, channels: 3, pixels: pixels)
  }

  // MARK: - Terminal

  /// From nothing to the largest gain; what is lost leaves a cell blank, as nothing does.
  private static let signs = Array(" .:-=+*#%@")

  /// The same for a terminal, the key's cells in brackets.
  /// - Parameters:
  ///   - inColour: with 24-bit colours; else a sign says how much is gained.
  ///   - width: columns; what is wider together stands below each other.
  package func lines(inColour: Bool, width: Int = 80) -> [String] {
    let blocks = models.map { model in
      (
        // Wide enough for its title and for a sign, and what stands on its left, of each carrier.
        width: max(model.title.count, 2 * Self.carriers(model.gains) + 1),
        lines: [model.title] + model.gains.indices.map { line($0, of: model.gains, inColour: inColour) },
        shown: [model.title.count] + model.gains.map { _ in 2 * Self.carriers(model.gains) + 1 }
      )
    }
    let most = String(format: "%.2f", largest)
    let legend =
      inColour
      ? "blue gains, orange losses of up to \(most) (mean gain of log P, or of hits); [ ] the release's own"
      : "“\(String(Self.signs))” gains of 0 to \(most) (mean gain of log P, or of hits); [ ] the release's own"
    guard blocks.reduce(0, { $0 + $1.width + 3 }) - 3 <= width else {
      return blocks.flatMap { $0.lines + [""] } + [legend]
    }
    let height = blocks.map(\.lines.count).max() ?? 0
    let rows = (0..<height).map { row in
      blocks.map { block in
        // Colours are letters that take no room.
        row < block.lines.count
          ? block.lines[row] + String(repeating: " ", count: block.width - block.shown[row])
          : String(repeating: " ", count: block.width)
      }.joined(separator: "   ")
    }
    return rows + [legend]
  }

  private func line(_ row: Int, of gains: [[Double?]], inColour: Bool) -> String {
    let carriers = Self.carriers(gains)
    let cells = (0..<carriers).map { carrier in
      let gain = Self.cell(gains, row, carrier)
      let edge = carrier == row ? "[" : carrier == row + 1 ? "]" : " "
      guard inColour else { return edge + sign(gain) }
      let colour = colour(gain).map(String.init).joined(separator: ";")
      return "\u{1B}[38;2;0;0;0;48;2;\(colour)m\(edge) \u{1B}[0m"
    }
    return cells.joined() + (row == carriers - 1 ? "]" : " ")
  }

  private func sign(_ gain: Double?) -> String {
    guard let gain else { return "?" }
    let last = Double(Self.signs.count - 1)
    return String(Self.signs[Int((max(0, gain) / largest * last).rounded())])
  }
}
