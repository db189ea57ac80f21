/// The offsets, in floats, of a pass's steps and of its pixels. They make the inner loops flat: a tile's pixels may
/// lie in several rows and images, and a step costs the same wherever it reads.
@usableFromInline
struct TapLists {
  /// Where a step reads, from where the pixel's first step of all reads.
  @usableFromInline var steps: UnsafeMutablePointer<Int32>
  /// Pixels, from the first listed one.
  @usableFromInline var sources: UnsafeMutablePointer<Int32>
  @usableFromInline var destinations: UnsafeMutablePointer<Int32>
  @usableFromInline var addends: UnsafeMutablePointer<Int32>

  /// Entries of each list.
  @inlinable @inline(__always)
  static var capacity: Int { 256 }

  /// Over storage of four times `capacity` entries.
  @inlinable @inline(__always)
  init(_ storage: UnsafeMutablePointer<Int32>) {
    steps = storage
    sources = storage + TapLists.capacity
    destinations = storage + 2 &* TapLists.capacity
    addends = storage + 3 &* TapLists.capacity
  }

  /// Lists the steps of some taps, counted over tap columns, tap rows, source blocks; returns how many.
  @inlinable @inline(__always)
  func listSteps(_ plan: TapPlan, _ lanes: Int, _ taps: Range<Int>) -> Int {
    var column = taps.lowerBound % max(1, plan.tapColumns)
    var row = taps.lowerBound / max(1, plan.tapColumns) % max(1, plan.tapRows)
    var block = taps.lowerBound / max(1, plan.tapColumns &* plan.tapRows)
    var next = steps
    for _ in taps {
      let offset = Int32(block &* plan.sourceBlock &+ row &* plan.tapRowStep &+ column &* plan.tapColumnStep)
      let channels = min(lanes, plan.sourceChannels &- block &* lanes)
      for lane in 0..<channels { next[lane] = offset &+ Int32(truncatingIfNeeded: lane) }
      next += channels
      column &+= 1
      if column == plan.tapColumns {
        column = 0
        row &+= 1
        if row == plan.tapRows {
          row = 0
          block &+= 1
        }
      }
    }
    return next - steps
  }

  /// Lists pixels `first`… (flat over columns, rows, images); returns where the first of them lies.
  @inlinable @inline(__always)
  func listPixels(
    _ plan: TapPlan, _ first: Int, _ count: Int
  ) -> (source: Int, destination: Int, addend: Int) {
    var column = first % plan.columns
    var row = first / plan.columns % plan.rows
    var image = first / (plan.columns &* plan.rows)
    let source = plan.sourceStep.offset(image, row, column)
    let destination = plan.destinationStep.offset(image, row, column)
    let addend = plan.addendStep.offset(image, row, column)
    var done = 0
    while done < count {
      let run = min(count &- done, plan.columns &- column)
      list(sources + done, plan.sourceStep.offset(image, row, column) &- source, plan.sourceStep.column, run)
      list(
        destinations + done, plan.destinationStep.offset(image, row, column) &- destination,
        plan.destinationStep.column, run)
      if plan.addend != nil {
        list(addends + done, plan.addendStep.offset(image, row, column) &- addend, plan.addendStep.column, run)
      }
      done &+= run
      column = 0
      row &+= 1
      if row == plan.rows {
        row = 0
        image &+= 1
      }
    }
    return (source, destination, addend)
  }

  @inlinable @inline(__always)
  func list(_ target: UnsafeMutablePointer<Int32>, _ start: Int, _ step: Int, _ count: Int) {
    var offset = Int32(start)
    let step = Int32(step)
    for i in 0..<count {
      target[i] = offset
      offset &+= step
    }
  }
}
