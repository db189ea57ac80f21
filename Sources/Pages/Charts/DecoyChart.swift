/// ΔP under every decoy carrier as a histogram, with the key's own carriers among them.
package struct DecoyChart: Sendable {
  private let decoys: [Double]
  private let own: [Double]
  private let title: String

  /// - Parameters:
  ///   - decoys: ΔP under each decoy carrier, in [−1, 1], in any order.
  ///   - own: ΔP under each carrier of the release's key.
  ///   - title: what is read out in place of the picture, such as the model's name.
  package init(decoys: [Double], own: [Double], title: String) {
    self.decoys = decoys.filter(\.isFinite)
    self.own = own.filter(\.isFinite)
    self.title = title
  }

  private static let bins = 30

  private var mean: Double? { own.isEmpty ? nil : own.reduce(0, +) / Double(own.count) }

  package var markup: Markup {
    var drawing = Drawing(height: 164)
    let base = 126.0
    let x = Scale(decoys + own + [0], padding: 0.04, from: 38, to: 330)
    let counts = x.histogram(decoys, bins: Self.bins)
    let most = max(1, counts.max() ?? 1)
    let y = Scale(lower: 0, upper: Double(most), from: base, to: 44)
    drawing.text("decoys", at: (4, 13))
    drawing.vertical(y, at: x.start, ticks: [(0, "0"), (Double(most), "\(most)")], gridTo: x.end)
    let width = (x.end - x.start) / Double(Self.bins)
    for (bin, count) in counts.enumerated() where count > 0 {
      let left = x.start + Double(bin) * width
      drawing.bar(.plain, x: (left + 0.5)...(left + width - 0.5), y: y(Double(count))...base)
    }
    drawing.horizontal(
      x, at: base, ticks: x.ticks(5).map { ($0, Figures.tick($0)) }, title: "ΔP under a carrier")
    for gain in own {
      drawing.line(.lineOwn, from: (x(gain), 32), to: (x(gain), base))
      drawing.dot(.own, at: (x(gain), 32), radius: 3.5)
    }
    if let mean {
      // In a line of its own: the key's carriers may lie at both ends of the axis.
      let key = own.count == 1 ? "the key" : "the key, mean"
      drawing.text("\(key) \(Figures.decimal(mean, 3))", at: (x.end, 13), .end, .named)
    }
    return drawing.markup(title: "\(title): the key’s carriers among decoys", description: description)
  }

  private var description: String {
    let range =
      decoys.isEmpty
      ? "No decoys."
      : """
      ΔP of \(Figures.count(decoys.count, "decoy carrier")) from \(Figures.decimal(decoys.min(), 3)) to \
      \(Figures.decimal(decoys.max(), 3)).
      """
    guard let mean else { return range }
    let above = decoys.count { $0 >= mean }
    let name = own.count == 1 ? "The key has" : "The key’s \(own.count) carriers have a mean of"
    return "\(range) \(name) \(Figures.decimal(mean, 3)); \(Figures.count(above, "decoy")) at or above it."
  }
}
