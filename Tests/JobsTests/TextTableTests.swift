import Jobs
import Testing

@Suite struct TextTableTests {
  @Test func columnsAreAsWideAsWhatIsInThem() {
    let lines = TextTable([["model", "BA", "ΔP"], ["cnn:8", "0.5", ""], ["resnet18:16", "", "+0.25"]]).lines
    #expect(lines == ["model        BA   ΔP", "cnn:8        0.5", "resnet18:16       +0.25"])
  }

  @Test func rowsMayDifferInLength() {
    #expect(TextTable([["a"], ["bb", "c"], []]).lines == ["a", "bb  c", ""])
    #expect(TextTable([]).lines == [])
  }

  @Test func leavesOutColumnsThatNoRowFills() {
    let table = TextTable([["a", "b", "c"], ["1", "", "3"], ["4", ""]])
    #expect(table.withoutEmptyColumns.lines == ["a  c", "1  3", "4"])
    #expect(TextTable([["a", "b"]]).withoutEmptyColumns.lines == [""])
  }
}
