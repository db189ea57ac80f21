import Archives
import ArgumentParser
import Datasets
import Foundation
import Foundations
import Jobs
import Suspects
import Work

extension ModelCommand {
  struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Asks a served model about images, in the way an audit does.",
      discussion: """
        Prints one JSON object for each image. For trying out a suspect's settings before they go into the \
        configuration. The credential, if there is one, is read from a file. With --csv the answers are lines that \
        `queries score` reads.

        Example: dandyroll model ask http://127.0.0.1:8000/v2/models/m cat.png \\
          --classes plane,car,cat --allow-private
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped, or kept by something that may pass: give \
        the same command again.
        """)

    @Argument(help: "The model's address.")
    var url: String

    @Argument(help: "PNG files, all of one size.")
    var images: [String]

    @Option(name: .customLong("protocol"), help: "v2, tf-serving, torchserve or huggingface.")
    var kind = "v2"

    @Option(help: "Our class names, separated by commas, in the order of the answers.")
    var classes: String

    @Flag(help: "The model numbers its classes in this order too, but does not tell.")
    var sameOrder = false

    @Option(help: "Layout of the model's input, nchw or nhwc, where it does not tell.")
    var layout: String?

    @Option(help: "Type of the model's input, uint8 or float32, where it does not tell.")
    var element: String?

    @Option(help: "File that holds the credential.")
    var credential: String?

    @Option(help: "Requests a second.")
    var rate = 1.0

    @Flag(help: "Permit addresses of private networks and of this machine.")
    var allowPrivate = false

    @Flag(help: "Print the image's file name, then its probabilities or its label.")
    var csv = false

    func validate() throws {
      if EndpointKind(rawValue: kind) == nil || kind == EndpointKind.rest.rawValue {
        throw ValidationError("--protocol is v2, tf-serving, torchserve or huggingface")
      }
      if let layout, InputForm.Layout(rawValue: layout) == nil { throw ValidationError("--layout is nchw or nhwc") }
      if let element, InputForm.Element(rawValue: element) == nil {
        throw ValidationError("--element is uint8 or float32")
      }
      if classes.split(separator: ",").count < 2 { throw ValidationError("--classes needs two names at least") }
      if images.isEmpty { throw ValidationError("an image is needed") }
      if Set(images).count != images.count { throw ValidationError("an image is named twice") }
      if !(rate > 0 && rate <= 10_000) { throw ValidationError("--rate is above 0 and at most 10000") }
    }

    private struct AnsweredImage: Encodable {
      var image: String
      var answer: Answer
    }

    func run() async throws {
      var suspect = Suspect(
        name: url, kind: EndpointKind(rawValue: kind) ?? .v2, url: url, allowsPrivateAddresses: allowPrivate)
      suspect.classes.order = sameOrder ? .same : nil
      suspect.input.layout = layout.flatMap { InputForm.Layout(rawValue: $0) }
      suspect.input.element = element.flatMap { InputForm.Element(rawValue: $0) }
      let files = try images.map(Self.picture)
      let shape = files[0].shape
      if let other = files.first(where: { $0.shape != shape }) {
        throw UsageError("images of one size are needed, not \(shape) and \(other.shape)")
      }
      var policy = AskingPolicy()
      policy.requestsPerSecond = rate
      let terms = SuspectSession.Terms(
        classes: classes.split(separator: ",").map(String.init),
        size: ImageSize(channels: shape.channels, height: shape.height, width: shape.width),
        credential: try credential.map { try Credential(Self.text($0)) },
        policy: policy,
        encoder: { pixels, size in
          PNGImage(
            planar: pixels, shape: ImageShape(channels: size.channels, height: size.height, width: size.width)
          ).encoded()
        })
      let questions = zip(images, files).map { Question(id: $0, pixels: $1.planar()) }
      let result = try await SuspectSession.with(suspect, terms: terms) { session in
        try await session.ask(questions, record: { _ in })
      }
      for image in images {
        guard let answer = result.answers[image] else { continue }
        print(csv ? Self.row(image, answer) : try CanonicalJSON.line(AnsweredImage(image: image, answer: answer)))
      }
      if let interruption = result.interruption { throw AskFailure(interruption: interruption) }
    }

    private static func picture(_ path: String) throws -> PNGImage {
      // As large as an image file in an archive may be.
      let file = try WorkError.reading(path) { () throws(FileFault) in
        try StrangersFile(path).bytes(limit: InputLimits().memberBytes)
      }
      do throws(ImageFault) { return try PNGImage(decoding: file) } catch {
        throw WorkError.malformed(path: path, reason: error.description)
      }
    }

    private static func text(_ path: String) throws -> String {
      try WorkError.reading(path) { () throws(FileFault) in try StrangersFile(path).text(limit: 64 << 10) }
    }

    /// A line of an answers file. Of the best few classes alone only the first can be told in it.
    private static func row(_ image: String, _ answer: Answer) -> String {
      let values =
        if case .probabilities(let values) = answer { values.map(\.description) } else {
          [answer.label?.description ?? ""]
        }
      return ([(image as NSString).lastPathComponent.printable] + values).joined(separator: ",")
    }
  }
}

/// Asking ended early.
private struct AskFailure: Error, CustomStringConvertible {
  let interruption: Interruption
  var description: String { interruption.description }
}
