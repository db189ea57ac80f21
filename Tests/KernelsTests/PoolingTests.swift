import Kernels
import Testing

@Suite struct PoolingTests {
  struct Window {
    var size: Int
    var stride: Int
    var padding: Int
    var height: Int
    var width: Int
  }

  static let windows = [
    Window(size: 2, stride: 2, padding: 0, height: 6, width: 8),
    Window(size: 2, stride: 2, padding: 0, height: 5, width: 7),
    Window(size: 3, stride: 2, padding: 1, height: 7, width: 8),
    Window(size: 3, stride: 1, padding: 1, height: 4, width: 4),
    Window(size: 3, stride: 2, padding: 0, height: 9, width: 7),
    Window(size: 1, stride: 2, padding: 0, height: 4, width: 5),
    Window(size: 4, stride: 4, padding: 0, height: 4, width: 4),
    Window(size: 2, stride: 3, padding: 0, height: 8, width: 8),
  ]

  /// Coarse values, negative ones too, so that windows hold ties and a zero halo would win some.
  private func input(_ channels: Int, _ window: Window) -> Plain {
    Plain.random(2, channels, window.height, window.width, seed: 1).map { ($0 * 4).rounded() / 4 - 1 }
  }

  private func outputs(_ window: Window) -> (height: Int, width: Int) {
    (
      (window.height + 2 * window.padding - window.size) / window.stride + 1,
      (window.width + 2 * window.padding - window.size) / window.stride + 1
    )
  }

  /// The first position of the window that holds its maximum.
  private func winner(_ plain: Plain, _ n: Int, _ c: Int, _ y: Int, _ x: Int, _ window: Window) -> (y: Int, x: Int) {
    var best = (y: -1, x: -1)
    for row in (y * window.stride - window.padding)..<(y * window.stride - window.padding + window.size) {
      for column in (x * window.stride - window.padding)..<(x * window.stride - window.padding + window.size) {
        guard row >= 0, column >= 0, row < plain.height, column < plain.width else { continue }
        if best.y < 0 || plain[n, c, row, column] > plain[n, c, best.y, best.x] { best = (row, column) }
      }
    }
    return best
  }

  @Test(arguments: tables, [false, true])
  func maxPoolingAgreesWithTheReference(_ table: KernelTable, _ accumulate: Bool) {
    for window in Self.windows {
      for channels in table.edgeChannels {
        let input = input(channels, window)
        let (height, width) = outputs(window)
        let gradient = Plain.random(2, channels, height, width, seed: 2)
        let before = input.like(seed: 3)
        var expected = Plain(2, channels, height, width)
        var back = accumulate ? before : before.map { _ in 0 }
        for n in 0..<2 {
          for c in 0..<channels {
            for y in 0..<height {
              for x in 0..<width {
                let best = winner(input, n, c, y, x, window)
                expected[n, c, y, x] = input[n, c, best.y, best.x]
                back[n, c, best.y, best.x] += gradient[n, c, y, x]
              }
            }
          }
        }
        let source = Blocked(input, table.lanes, halo: 1)
        let slope = Blocked(gradient, table.lanes)
        for dealing in Dealing.allCases {
          let target = Blocked.stale(2, channels, height, width, table.lanes, halo: 1)
          let result = Blocked(before, table.lanes, halo: 2)
          dealing.deal(2) {
            table.maxPool(source.activation, window.size, window.stride, window.padding, target.activation, $0)
            table.maxPoolGradient(
              source.activation, window.size, window.stride, window.padding, slope.activation, accumulate,
              result.activation, $0)
          }
          #expect(distance(target, expected) == 0, "\(window)")
          #expect(distance(result, back) < 1e-6, "\(window)")
          #expect(target.isSealed && result.isSealed)
        }
      }
    }
  }

  @Test(arguments: tables, [false, true])
  func averagePoolingAgreesWithTheReference(_ table: KernelTable, _ accumulate: Bool) {
    for window in Self.windows where window.padding == 0 {
      for channels in table.edgeChannels {
        let input = input(channels, window)
        let (height, width) = outputs(window)
        let gradient = Plain.random(2, channels, height, width, seed: 2)
        let before = input.like(seed: 3)
        var expected = Plain(2, channels, height, width)
        var back = accumulate ? before : before.map { _ in 0 }
        let share = Double(window.size * window.size)
        for n in 0..<2 {
          for c in 0..<channels {
            for y in 0..<height {
              for x in 0..<width {
                for row in (y * window.stride)..<(y * window.stride + window.size) {
                  for column in (x * window.stride)..<(x * window.stride + window.size) {
                    expected[n, c, y, x] += input[n, c, row, column] / share
                    back[n, c, row, column] += gradient[n, c, y, x] / share
                  }
                }
              }
            }
          }
        }
        let source = Blocked(input, table.lanes, halo: 1)
        let slope = Blocked(gradient, table.lanes)
        for dealing in Dealing.allCases {
          let target = Blocked.stale(2, channels, height, width, table.lanes, halo: 1)
          let result = Blocked(before, table.lanes, halo: 2)
          dealing.deal(2) {
            table.averagePool(source.activation, window.size, window.stride, target.activation, $0)
            table.averagePoolGradient(
              window.size, window.stride, slope.activation, accumulate, result.activation, $0)
          }
          #expect(distance(target, expected) < 1e-6, "\(window)")
          #expect(distance(result, back) < 1e-6, "\(window)")
          #expect(target.isSealed && result.isSealed)
        }
      }
    }
  }
}
