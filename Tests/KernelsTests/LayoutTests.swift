import Kernels
import Testing

@Suite struct LayoutTests {
  @Test(arguments: tables)
  func bytesComeBackAsTheyWent(_ table: KernelTable) {
    for channels in table.edgeChannels + [3] {
      let bytes = (0..<(2 * channels * 16 * 16)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let blocked = Blocked.stale(2, channels, 16, 16, table.lanes, halo: 1)
      var back = [UInt8](repeating: 0, count: bytes.count)
      for image in [1, 0] {
        table.importBytes(bytes, blocked.activation, image..<(image + 1))
        table.exportBytes(blocked.activation, &back, image..<(image + 1))
      }
      #expect(back == bytes)
      #expect(blocked.plain() == bytes.map { Float($0) / 255 })
      #expect(blocked.isSealed)
    }
  }

  @Test(arguments: tables)
  func exportedBytesAreTheNearestInsideTheRange(_ table: KernelTable) {
    let values = [-1, -0.001, 0.0019, 0.002, 0.5, 0.9979, 1, 1.5, Double.nan]
    let blocked = Blocked(Plain(1, 1, 1, values.count) { values[$0] }, table.lanes)
    var bytes = [UInt8](repeating: 9, count: values.count)
    table.exportBytes(blocked.activation, &bytes, 0..<1)
    #expect(bytes == [0, 0, 0, 1, 128, 254, 255, 255, 0])
  }

  @Test(arguments: tables)
  func floatsComeBackAsTheyWent(_ table: KernelTable) {
    for channels in table.edgeChannels {
      for (height, width) in [(1, 1), (3, 5), (4, 16)] {
        let plain = Plain.random(3, channels, height, width, seed: 1)
        let floats = plain.values.map { Float($0) }
        let blocked = Blocked.stale(3, channels, height, width, table.lanes, halo: 1)
        var back = [Float](repeating: .nan, count: floats.count)
        for image in [2, 0, 1] {
          table.importFloats(floats, blocked.activation, image..<(image + 1))
          table.exportFloats(blocked.activation, &back, image..<(image + 1))
        }
        #expect(back == floats)
        #expect(distance(blocked, plain) == 0)
        #expect(blocked.isSealed)
      }
    }
  }
}
