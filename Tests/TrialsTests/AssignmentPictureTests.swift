import Datasets
import Testing

@testable import Trials

@Suite struct AssignmentPictureTests {
  private let learned: [[Double?]] = [[2, 0, -1, 0], [0.5, 2, 0, 0], [0, nil, 1, 0]]
  private let clean: [[Double?]] = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]

  private var picture: AssignmentPicture {
    AssignmentPicture([("trained on the release", learned), ("trained on clean data", clean)])
  }

  /// The middle of a cell of one of the matrices, and a pixel of its edge.
  private func pixels(_ image: PNGImage, left: Int, row: Int, carrier: Int) -> (middle: [UInt8], edge: [UInt8]) {
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      Array(image.pixels[(y * image.width + x) * 3..<(y * image.width + x + 1) * 3])
    }
    let (x, y) = (left + carrier * 16, 16 + row * 16)
    return (pixel(x + 8, y + 8), pixel(x + 1, y + 8))
  }

  @Test func eachCellHasTheColourOfItsGainAndTheKeysAreOutlined() throws {
    let image = picture.image
    // Two matrices of four cells of 16 pixels, and 16 around each.
    #expect(image.width == 3 * 16 + 2 * 64 && image.height == 2 * 16 + 3 * 16)
    #expect(try PNGImage(decoding: image.encoded()) == image)
    func cell(_ row: Int, _ carrier: Int, left: Int = 16) -> (middle: [UInt8], edge: [UInt8]) {
      pixels(image, left: left, row: row, carrier: carrier)
    }
    let black: [UInt8] = [0, 0, 0]
    for row in 0..<3 {
      for carrier in 0..<4 {
        #expect((cell(row, carrier).edge == black) == (row == carrier), "\(row), \(carrier)")
        #expect((cell(row, carrier, left: 96).edge == black) == (row == carrier), "\(row), \(carrier)")
        #expect(cell(row, carrier, left: 96).middle == [255, 255, 255])
      }
    }
    // All of the blue, half of it, half of the orange, nothing, and no answer.
    #expect(cell(0, 0).middle == [58, 102, 176] && cell(2, 2).middle == [157, 179, 216])
    #expect(cell(0, 2).middle == [224, 184, 141])
    #expect(cell(0, 1).middle == [255, 255, 255] && cell(2, 1).middle == [200, 200, 200])
  }

  @Test func aPlainTerminalGetsSignsAndBrackets() {
    let lines = picture.lines(inColour: false)
    #expect(
      lines.dropLast() == [
        "trained on the release   trained on clean data",
        "[@]                      [ ]                  ",
        " :[@]                      [ ]                ",
        "   ?[+]                      [ ]              ",
      ])
    #expect(lines.last?.hasPrefix("“ .:-=+*#%@” gains of 0 to 2.00") == true)
  }

  @Test func whatIsTooWideStandsBelowEachOther() {
    let lines = picture.lines(inColour: false, width: 40)
    #expect(lines.count == 11 && lines[0] == "trained on the release" && lines[5] == "trained on clean data")
    #expect(lines[4].isEmpty && lines[9].isEmpty && lines[6] == "[ ]      ")
  }

  @Test func aTerminalWithColoursShowsTheSameInThem() {
    let lines = picture.lines(inColour: true)
    #expect(lines.count == 5 && lines[1].hasPrefix("\u{1B}[38;2;0;0;0;48;2;58;102;176m[ \u{1B}[0m"))
    // Every colour ends, and letters stand where they stand without.
    for (line, plain) in zip(lines, picture.lines(inColour: false)).dropLast() {
      let letters = line.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated().map {
        $0 == 0 ? String($1) : String($1.drop { $0 != "m" }.dropFirst())
      }
      #expect(letters.joined().count == plain.count)
      #expect(line.split(separator: "\u{1B}[0m", omittingEmptySubsequences: false).last?.contains("\u{1B}") == false)
    }
  }

  @Test(arguments: [[], [[]], [[nil, nil]], [[Double.nan, .infinity], [1]]] as [[[Double?]]])
  func oddMatricesStillMakeAPicture(gains: [[Double?]]) {
    let picture = AssignmentPicture([("x", gains)])
    #expect(picture.image.width >= 32 && picture.lines(inColour: false).count == 2 + gains.count)
    #expect(AssignmentPicture([]).lines(inColour: true).count == 1)
  }
}
