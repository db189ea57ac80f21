package import Foundations

/// Ten classes of drawn, textured shapes: a dataset for the demonstration and for tests, with nothing to download.
///
/// An image is one shape at a random place, size and angle, filled with a random texture, over a colour gradient with
/// smaller clutter and noise; shapes may be plain, in the colour of their class, and of some images they may be left out. Every
/// image is a function of these properties, label and number alone, on every machine.
package struct DrawnDataset: Sendable {
  /// The names of the shapes; the class index is the place in this list.
  package static let classNames = Outline.allCases.map(\.name)

  /// Difficulty. Contrast is the least difference of shape and ground in a channel's scale of 0…1, averaged over channels;
  /// size is the shape's radius as a share of the image's shorter side; noise is a standard deviation.
  private static let contrast = 0.18
  private static let size = 0.21...0.42
  private static let noise = 0.02...0.1
  private static let clutter = 3

  package let seed: UInt64
  package let shape: ImageShape
  /// Whether every class has a colour of its own, which a network learns long before it learns a shape, nothing has a
  /// texture, and noise is at its least.
  package let isPlain: Bool
  /// The share of images on which there is no shape, so that nothing but a label, or a mark, tells their class.
  package let shapeless: Double

  package init(
    seed: UInt64, shape: ImageShape = ImageShape(channels: 3, height: 32, width: 32), isPlain: Bool = false,
    shapeless: Double = 0
  ) {
    precondition((shape.channels == 1 || shape.channels == 3) && min(shape.height, shape.width) >= 8)
    precondition((0...1).contains(shapeless))
    self.seed = seed
    self.shape = shape
    self.isPlain = isPlain
    self.shapeless = shapeless
  }

  /// A class's own colour: the digits of its number to the base of three, from the second on, as strengths of the channels.
  private static func colour(_ label: Int, channels: Int) -> [Double] {
    [1, 3, 9].prefix(channels).map { 0.05 + 0.45 * Double((label + 1) / $0 % 3) }
  }

  /// (C, H, W) of the image of class `label` with this number.
  package func pixels(label: Int, number: Int) -> [UInt8] {
    var draws = Draws(seed, UInt64(label), UInt64(number), UInt64(shape.bytes), UInt64(shape.width))
    let ground = Ground(&draws, channels: shape.channels)
    let side = Double(min(shape.height, shape.width))
    var figures: [Figure] = []
    for _ in 0..<draws.below(Self.clutter + 1) {
      let outline: Outline = [.disk, .square, .cross][draws.below(3)]
      let radius = side * draws.uniform(0.04, 0.09)
      figures.append(Figure(&draws, outline, radius: radius, ground: ground, shape: shape, contrast: 0))
    }
    let radius = side * draws.uniform(Self.size.lowerBound, Self.size.upperBound)
    var figure = Figure(
      &draws, Outline.allCases[label], radius: radius, ground: ground, shape: shape, contrast: Self.contrast)
    if isPlain { figure.colour = Self.colour(label, channels: shape.channels) }
    // Draws of its own: the other images are the same whatever the share.
    var fate = Draws(seed, UInt64(label), UInt64(number), 1)
    if fate.uniform(0, 1) >= shapeless { figures.append(figure) }
    let drawn = draws.uniform(Self.noise.lowerBound, Self.noise.upperBound)
    let noise = isPlain ? Self.noise.lowerBound : drawn
    if isPlain { for index in figures.indices { figures[index].texture = shape.channels == 1 ? [0] : [0, 0, 0] } }

    var values = [Double](repeating: 0, count: shape.bytes)
    let area = shape.height * shape.width
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        let position = y * shape.width + x
        let across = (Double(x) / Double(shape.width), Double(y) / Double(shape.height))
        for channel in 0..<shape.channels { values[channel * area + position] = ground.value(channel, across) }
        for figure in figures {
          let cover = figure.cover(x, y)
          guard cover > 0 else { continue }
          for channel in 0..<shape.channels {
            let index = channel * area + position
            values[index] += cover * (figure.value(channel, x, y) - values[index])
          }
        }
      }
    }
    return values.map { value in
      UInt8(max(0, min(255, ((value + noise * draws.normal()) * 255).rounded())))
    }
  }
}

/// A colour gradient over the image.
private struct Ground {
  var from: [Double]
  var to: [Double]
  var direction: (x: Double, y: Double)

  init(_ draws: inout Draws, channels: Int) {
    from = (0..<channels).map { _ in draws.uniform(0.1, 0.9) }
    to = from.map { max(0, min(1, $0 + draws.uniform(-0.35, 0.35))) }
    direction = draws.direction()
  }

  /// `at` in [0, 1)².
  func value(_ channel: Int, _ at: (x: Double, y: Double)) -> Double {
    let along = 0.5 + (at.x - 0.5) * direction.x + (at.y - 0.5) * direction.y
    return from[channel] + (to[channel] - from[channel]) * max(0, min(1, along))
  }
}

/// One outline placed in the image, with its filling.
private struct Figure {
  /// Points a side of each pixel's grid.
  static let samples = 3

  var outline: Outline
  var centre: (x: Double, y: Double)
  var radius: Double
  var axis: (x: Double, y: Double)
  var scale: Double
  var colour: [Double]
  /// The filling's stripes: strength in each channel, direction, and length of a period in pixels.
  var texture: [Double]
  var textureAxis: (x: Double, y: Double)
  var period: Double

  init(
    _ draws: inout Draws, _ outline: Outline, radius: Double, ground: Ground, shape: ImageShape, contrast: Double
  ) {
    self.outline = outline
    self.radius = radius
    // At least 0.85 of the radius is inside, so that what makes the class stays visible.
    let margin = 0.85 * radius
    centre = (
      draws.uniform(margin, Double(shape.width) - margin), draws.uniform(margin, Double(shape.height) - margin)
    )
    axis = draws.tilt()
    scale = draws.uniform(0, 1)
    let at = (centre.x / Double(shape.width), centre.y / Double(shape.height))
    var candidate: [Double]
    var difference: Double
    repeat {
      candidate = (0..<shape.channels).map { _ in draws.uniform(0, 1) }
      difference = candidate.enumerated().reduce(0) { $0 + abs($1.element - ground.value($1.offset, at)) }
    } while difference < contrast * Double(shape.channels)
    colour = candidate
    texture = (0..<shape.channels).map { _ in draws.uniform(-0.1, 0.1) }
    textureAxis = draws.direction()
    period = draws.uniform(2, 6)
  }

  /// The share of pixel (x, y) that the figure covers.
  func cover(_ x: Int, _ y: Int) -> Double {
    let reach = 1.5 * radius + 1
    guard abs(Double(x) - centre.x) < reach, abs(Double(y) - centre.y) < reach else { return 0 }
    var inside = 0
    for row in 0..<Self.samples {
      for column in 0..<Self.samples {
        let dx = (Double(x) + (Double(column) + 0.5) / Double(Self.samples) - centre.x) / radius
        let dy = (Double(y) + (Double(row) + 0.5) / Double(Self.samples) - centre.y) / radius
        let u = dx * axis.x + dy * axis.y
        let v = dy * axis.x - dx * axis.y
        if outline.contains(u, v, scale: scale) { inside += 1 }
      }
    }
    return Double(inside) / Double(Self.samples * Self.samples)
  }

  /// A triangle wave along the texture's direction around the colour.
  func value(_ channel: Int, _ x: Int, _ y: Int) -> Double {
    let along = (Double(x) * textureAxis.x + Double(y) * textureAxis.y) / period
    let phase = along - along.rounded(.down)
    return max(0, min(1, colour[channel] + texture[channel] * (4 * abs(phase - 0.5) - 1)))
  }
}
