/// What each class gains under each carrier, as a heat map: blue where marks move answers towards the class, orange where
/// they move them away, and paler the less they do. The key's own cells are outlined: a model that learned the release has
/// gained there and nowhere else.
package struct AssignmentChart: Sendable {
  private let gains: [[Double?]]
  private let classes: [String]
  private let title: String

  /// - Parameters:
  ///   - gains: (classes, carriers), class j under carrier j being the key's; nil where nothing was answered.
  ///   - classes: their names; those that have none are numbered.
  ///   - title: what is read out in place of the picture, such as the model's name.
  package init(_ gains: [[Double?]], classes: [String], title: String) {
    let carriers = gains.map(\.count).max() ?? 0
    self.gains = gains.map { row in
      (0..<carriers).map { $0 < row.count ? row[$0].flatMap { $0.isFinite ? $0 : nil } : nil }
    }
    self.classes = classes
    self.title = title
  }

  private static let (left, right, top, cell) = (88.0, 332.0, 34.0, 17.0)
  /// Letters of a class's name that fit beside its row.
  private static let longestName = Int((left - 8) / Drawing.letter)

  private var carriers: Int { gains.first?.count ?? 0 }
  /// The gain or loss of the deepest colour.
  private var largest: Double { max(gains.joined().compactMap { $0.map(abs) }.max() ?? 0, 1e-9) }

  private func name(_ row: Int) -> String { classes.indices.contains(row) ? classes[row] : "class \(row + 1)" }

  package var markup: Markup {
    let bottom = Self.top + Self.cell * Double(gains.count)
    var drawing = Drawing(height: bottom + 40)
    let width = (Self.right - Self.left) / Double(max(carriers, 1))
    drawing.text("class ↓  carrier →", at: (4, 13))
    // As many numbers as there is room for.
    let every = max(1, Int((18 / width).rounded(.up)))
    for carrier in stride(from: 0, to: carriers, by: every) {
      drawing.text("\(carrier + 1)", at: (Self.left + (Double(carrier) + 0.5) * width, Self.top - 5), .middle)
    }
    for (row, gains) in gains.enumerated() {
      let y = Self.top + Double(row) * Self.cell
      drawing.text(shortened(name(row)), at: (Self.left - 6, y + Self.cell / 2 + 4), .end)
      for (carrier, gain) in gains.enumerated() {
        let x = Self.left + Double(carrier) * width
        let (across, down) = ((x + 0.5)...(x + width - 0.5), (y + 0.5)...(y + Self.cell - 0.5))
        let label = "\(name(row)), carrier \(carrier + 1): \(Figures.decimal(gain, 3))"
        draw(gain, x: across, y: down, label: label, in: &drawing)
      }
    }
    drawing.bar(.grid, x: Self.left...Self.right, y: Self.top...bottom)
    for row in 0..<min(gains.count, carriers) {
      let (x, y) = (Self.left + Double(row) * width, Self.top + Double(row) * Self.cell)
      drawing.bar(.outline, x: x...(x + width), y: y...(y + Self.cell))
    }
    key(in: &drawing, at: bottom + 12)
    return drawing.markup(title: "\(title): what each class gains under each carrier", description: description)
  }

  private func draw(
    _ gain: Double?, x: ClosedRange<Double>, y: ClosedRange<Double>, label: String, in drawing: inout Drawing
  ) {
    let depth = abs(gain ?? 0) / largest
    // What is drawn invisibly can still be pointed at.
    drawing.bar(gain ?? 0 < 0 ? .loss : .gain, x: x, y: y, opacity: depth, label: label)
    let middle = ((x.lowerBound + x.upperBound) / 2, (y.lowerBound + y.upperBound) / 2 + 4)
    // Where a colour says less than a sign: in print, and to eyes that see none.
    if gain == nil {
      drawing.text("·", at: middle, .middle)
    } else if let gain, gain < 0, depth >= Self.leastSigned {
      drawing.text("−", at: middle, .middle, depth > 0.6 ? .inverse : .strong)
    }
  }

  /// Paler losses than this look like nothing, and are next to nothing.
  private static let leastSigned = 0.15

  /// What the colours mean.
  private func key(in drawing: inout Drawing, at y: Double) {
    let (steps, width) = (9, 14.0)
    let start = (Self.left + Self.right - Double(steps) * width) / 2
    for step in 0..<steps {
      let share = Double(step * 2 - steps + 1) / Double(steps - 1)
      let x = start + Double(step) * width
      drawing.bar(share < 0 ? .loss : .gain, x: x...(x + width), y: y...(y + 9), opacity: abs(share))
    }
    drawing.bar(.axis, x: start...(start + Double(steps) * width), y: y...(y + 9))
    let end = start + Double(steps) * width
    drawing.text(Figures.decimal(-largest, 2), at: (start - 5, y + 8.5), .end)
    drawing.text(Figures.decimal(largest, 2), at: (end + 5, y + 8.5))
    drawing.text("mean gain of log P, or of hits", at: ((start + end) / 2, y + 23), .middle)
  }

  private func shortened(_ name: String) -> String {
    name.count <= Self.longestName ? name : "\(name.prefix(Self.longestName - 1))…"
  }

  private var description: String {
    guard !gains.isEmpty, carriers > 0 else { return "Nothing was answered." }
    let own = gains.enumerated().map { "\(name($0)) \(Figures.decimal($0 < carriers ? $1[$0] : nil, 2))" }
    let others = gains.enumerated().flatMap { row, gains in
      gains.enumerated().compactMap { $0 == row ? nil : $1 }
    }
    return """
      Each class under its own carrier: \(own.joined(separator: ", ")). Under the others from \
      \(Figures.decimal(others.min(), 2)) to \(Figures.decimal(others.max(), 2)).
      """
  }
}
